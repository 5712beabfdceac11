// texts_english.h: the words of notifications in English.

#ifndef MAILCORE_NOTIFY_TEXTS_ENGLISH_H_
#define MAILCORE_NOTIFY_TEXTS_ENGLISH_H_

#include "mailcore/notify/texts.h"

namespace mailsec::notify {

inline constexpr Texts kEnglishTexts = {
    .tag = "en",
    .greeting = "This is the mail server $0.",
    .actions =
        {
            {"Undelivered mail: your message was not delivered",
             "Your message could not be delivered to the addresses below. It "
             "will not be tried again.",
             ""},
            {"Delayed mail: your message is still waiting",
             "Your message has not reached the addresses below yet. It is "
             "being tried again.",
             "You need not do anything. If it cannot be delivered in the end, "
             "you will be told."},
            {"Delivered mail: your message has arrived",
             "Your message was delivered to the mailboxes below. You had asked "
             "for this notification.",
             ""},
            {"Relayed mail: your message was handed on",
             "Your message was handed on to the next mail server for the "
             "addresses below. You had asked for this notification.",
             "That server sends no such notifications. You will hear whether "
             "the message arrived only if it did not."},
            {"Expanded mail: your message was handed on",
             "Your message has reached the addresses below. Each stands for "
             "other addresses, to which it is sent now. You had asked for this "
             "notification.",
             "Those addresses send no further notification of success."},
        },
    .causes =
        {
            {"The mail server there knows no such address.",
             "Check the address for mistakes, or ask the recipient for the "
             "right one in another way."},
            {"The message is larger than the mail server there allows.",
             "Send a smaller message: leave attachments out, or share them in "
             "another way."},
            {"The recipient's mailbox is full.",
             "Try again in a few days, or tell the recipient in another way."},
            {"The domain of this address does not exist, or has no mail "
             "server.",
             "Check the part of the address after the @ for mistakes."},
            {"This address takes no mail.",
             "Reach the recipient in another way."},
            {"The message was sent round in a circle by mail servers.",
             "You cannot mend that. Tell the recipient or your administrator "
             "in another way."},
            {"The rules of the mail server there do not permit this message.",
             "If it gave a reason, it stands below. Ask the recipient or your "
             "administrator for help."},
            {"The mail server there takes this message for spam or for "
             "malware.",
             "Check attachments and links. If you believe that the message is "
             "harmless, tell the recipient in another way."},
            {"The mail server there cannot take a message of this form, for "
             "example international characters in addresses.",
             "Send it again in a simpler form, or to another address of the "
             "recipient."},
            {"This message may only be sent inside, and the address leads "
             "outside.",
             "Ask your administrator if that is not what you expected."},
            {"The message could not be delivered for as long as we try.",
             "Check the address for mistakes. If it is right, send the message "
             "again later."},
            {"The mail server there refused the message.",
             "If it gave a reason, it stands below. Ask the recipient or your "
             "administrator for help."},
        },
    .answered = "Answer of $0:",
    .answered_unnamed = "Answer:",
    .tried_until = "It will be tried until $0.",
    .header_attached = "The header of your message is attached.",
    .message_attached = "Your message is attached.",
    .help = "If you need help, write to $0 and include this notification ($1).",
};

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_TEXTS_ENGLISH_H_
