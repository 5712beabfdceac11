// texts_german.h: the words of notifications in German.

#ifndef MAILCORE_NOTIFY_TEXTS_GERMAN_H_
#define MAILCORE_NOTIFY_TEXTS_GERMAN_H_

#include "mailcore/notify/texts.h"

namespace mailsec::notify {

inline constexpr Texts kGermanTexts = {
    .tag = "de",
    .greeting = "Dies ist der Mailserver $0.",
    .actions =
        {
            {"Unzustellbar: Ihre Nachricht wurde nicht zugestellt",
             "Ihre Nachricht konnte an die folgenden Adressen nicht zugestellt "
             "werden. Es gibt keinen weiteren Versuch.",
             ""},
            {"Verzögert: Ihre Nachricht wartet noch",
             "Ihre Nachricht hat die folgenden Adressen noch nicht erreicht. "
             "Die Zustellung wird weiter versucht.",
             "Sie brauchen nichts zu tun. Gelingt die Zustellung am Ende "
             "nicht, erfahren Sie es."},
            {"Zugestellt: Ihre Nachricht ist angekommen",
             "Ihre Nachricht wurde in die folgenden Postfächer zugestellt. Sie "
             "hatten um diese Mitteilung gebeten.",
             ""},
            {"Weitergegeben: Ihre Nachricht ist unterwegs",
             "Ihre Nachricht wurde für die folgenden Adressen an den nächsten "
             "Mailserver weitergegeben. Sie hatten um diese Mitteilung "
             "gebeten.",
             "Dieser Server versendet keine solchen Mitteilungen. Ob die "
             "Nachricht angekommen ist, erfahren Sie nur, wenn es misslang."},
            {"Verteilt: Ihre Nachricht ist unterwegs",
             "Ihre Nachricht hat die folgenden Adressen erreicht. Jede steht "
             "für weitere Adressen, an die sie nun gesendet wird. Sie hatten "
             "um diese Mitteilung gebeten.",
             "Von diesen weiteren Adressen kommt keine Mitteilung über einen "
             "Erfolg."},
        },
    .causes =
        {
            {"Der Mailserver dort kennt keine solche Adresse.",
             "Prüfen Sie die Adresse auf Schreibfehler, oder erfragen Sie die "
             "richtige auf anderem Weg."},
            {"Die Nachricht ist größer, als der Mailserver dort erlaubt.",
             "Senden Sie eine kleinere Nachricht: Lassen Sie Anhänge weg, oder "
             "teilen Sie diese auf anderem Weg."},
            {"Das Postfach des Empfängers ist voll.",
             "Versuchen Sie es in einigen Tagen noch einmal, oder verständigen "
             "Sie den Empfänger auf anderem Weg."},
            {"Die Domain dieser Adresse gibt es nicht, oder sie hat keinen "
             "Mailserver.",
             "Prüfen Sie den Teil der Adresse nach dem @ auf Schreibfehler."},
            {"Diese Adresse nimmt keine Nachrichten an.",
             "Verständigen Sie den Empfänger auf anderem Weg."},
            {"Die Nachricht wurde von Mailservern im Kreis gesendet.",
             "Sie können das nicht beheben. Verständigen Sie den Empfänger auf "
             "anderem Weg oder Ihren Administrator."},
            {"Die Regeln des Mailservers dort lassen diese Nachricht nicht zu.",
             "Hat er einen Grund genannt, so steht er unten. Bitten Sie den "
             "Empfänger oder Ihren Administrator um Hilfe."},
            {"Der Mailserver dort hält diese Nachricht für Spam oder für "
             "Schadsoftware.",
             "Prüfen Sie Anhänge und Links. Halten Sie die Nachricht für "
             "harmlos, so verständigen Sie den Empfänger auf anderem Weg."},
            {"Der Mailserver dort kann Nachrichten dieser Form nicht annehmen, "
             "etwa internationale Zeichen in Adressen.",
             "Senden Sie die Nachricht in einfacherer Form noch einmal, oder "
             "an eine andere Adresse des Empfängers."},
            {"Diese Nachricht darf nur im Haus versendet werden, und die "
             "Adresse führt nach außen.",
             "Fragen Sie Ihren Administrator, wenn Sie das nicht erwartet "
             "haben."},
            {"Die Nachricht konnte innerhalb der Zeit, in der wir es "
             "versuchen, nicht zugestellt werden.",
             "Prüfen Sie die Adresse auf Schreibfehler. Ist sie richtig, so "
             "senden Sie die Nachricht später noch einmal."},
            {"Der Mailserver dort hat die Nachricht abgelehnt.",
             "Hat er einen Grund genannt, so steht er unten. Bitten Sie den "
             "Empfänger oder Ihren Administrator um Hilfe."},
        },
    .answered = "Antwort von $0:",
    .answered_unnamed = "Antwort:",
    .tried_until = "Die Zustellung wird bis $0 versucht.",
    .header_attached = "Der Kopf Ihrer Nachricht ist angehängt.",
    .message_attached = "Ihre Nachricht ist angehängt.",
    .help =
        "Wenn Sie Hilfe brauchen, schreiben Sie an $0, und legen Sie diese "
        "Mitteilung bei ($1).",
};

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_TEXTS_GERMAN_H_
