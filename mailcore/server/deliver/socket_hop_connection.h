// socket_hop_connection.h: how does one speak with a host over a socket?
//
// Runs an smtp::ClientSession over TCP or a socket of this host, with the time
// limits of hop_limits.h.
//
//   context.connect = ConnectBySocket;

#ifndef MAILCORE_SERVER_DELIVER_SOCKET_HOP_CONNECTION_H_
#define MAILCORE_SERVER_DELIVER_SOCKET_HOP_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/generic/stream_protocol.hpp"
#include "mailcore/message/field_remover.h"
#include "mailcore/server/deliver/hop_connection.h"
#include "mailcore/smtp/client_session.h"

namespace mailsec::server {

// Thread safety: none; lives on the thread of its executor.
class SocketHopConnection final : public HopConnection {
 public:
  SocketHopConnection(const HopContext* context, smtp::Protocol protocol,
                      boost::asio::any_io_executor executor);

  void SetPatience(absl::Duration patience) override { patience_ = patience; }
  boost::asio::awaitable<std::optional<HostFault>> ConnectTo(
      Host host, bool others_left) override;
  boost::asio::awaitable<std::vector<smtp::RecipientOutcome>> Send(
      smtp::Transaction transaction, HopContent content) override;
  boost::asio::awaitable<void> Quit() override;
  bool ready() override;
  const std::optional<HostFault>& fault() const override { return fault_; }
  bool timed_out() const override { return expired_; }
  bool given_up() const override { return given_up_; }
  const Host& host() const override { return host_; }
  const smtp::ServerCapabilities& capabilities() const override;
  absl::Duration connected_at() const override { return connected_at_; }
  size_t messages() const override { return messages_; }
  void CheckTime(absl::Duration uptime) override;
  absl::Duration waits_since() const override { return waits_since_; }
  bool has_carried() const override { return has_carried_; }
  void GiveUp() override;

 private:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Endpoint = boost::asio::generic::stream_protocol::endpoint;

  boost::asio::awaitable<std::optional<HostFault>> AwaitReady(bool others_left);
  void StartSession();
  std::vector<smtp::RecipientOutcome> BreakOff(
      const smtp::ClientClosed& closed,
      std::vector<smtp::RecipientOutcome> outcomes, size_t recipients);
  boost::asio::awaitable<bool> Flush();
  boost::asio::awaitable<void> Exchange();
  boost::asio::awaitable<void> SendContent(const HopContent& content);
  // `remover`: what does not go over LMTP.
  bool SendPiece(absl::string_view piece,
                 std::optional<message::FieldRemover>& remover);
  void EndContent(std::optional<message::FieldRemover>& remover);
  bool ReadAvailable();
  void StartLimit(absl::Duration limit);
  void StopLimit();
  void Expire();

  const smtp::Protocol protocol_;
  absl::Duration patience_ = absl::InfiniteDuration();
  Socket socket_;
  std::optional<smtp::ClientSession> session_;
  Host host_;
  // Uptimes; infinite while the peer is not waited for.
  absl::Duration waits_since_ = absl::InfiniteDuration();
  absl::Duration deadline_ = absl::InfiniteDuration();
  absl::Duration transaction_end_ = absl::InfiniteDuration();
  absl::Duration connected_at_;
  size_t messages_ = 0;
  uint64_t replies_ = 0;  // There were so many when the limit began to run.
  bool all_sent_ = true;  // Nothing that the peer shall have was left unsent.
  bool others_left_ = false;
  bool expired_ = false;
  bool given_up_ = false;  // Expired because others wanted the place.
  bool ready_ = false;
  bool has_carried_ = false;
  std::optional<HostFault> fault_;
};

// A HopConnector.
std::shared_ptr<HopConnection> ConnectBySocket(
    const HopContext* context, smtp::Protocol protocol,
    boost::asio::any_io_executor executor);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_SOCKET_HOP_CONNECTION_H_
