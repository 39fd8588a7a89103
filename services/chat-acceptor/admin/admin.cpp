// Events reach their followers in a separate turn of the loop, so that publishing a record is not interrupted.
#include "chat-acceptor/admin/admin.h"

#include "shared/system/clock.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <optional>
#include <system_error>

namespace chat {

Admin::Admin(EventLoop& loop, Acceptor& acceptor)
    : feed_(acceptor.sessions()),
      context_{&acceptor, &feed_, {}, wall_clock()},
      socket_(loop,
              [this](const varlink::Call& call, std::optional<std::uint32_t> known_uid) {
                  return run_admin_call(context_, call, known_uid);
              }),
      news_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!news_) throw std::system_error(errno, std::generic_category(), "creating an eventfd");
    registration_ = loop.watch(news_.get(), EPOLLIN, [this](std::uint32_t) {
        eventfd_t ignored = 0;
        (void)::eventfd_read(news_.get(), &ignored);
        socket_.send_batches();
    });
    context_.wake = [this] { (void)::eventfd_write(news_.get(), 1); };
    acceptor.observe([this](const Record& record, bool again) { on_record(record, again); });
}

void Admin::on_record(const Record& record, bool again) {
    const std::uint64_t before = feed_.end();
    feed_.add(record, again);
    if (record.kind == RecordKind::departed && !again) {
        const Slot& slot = context_.acceptor->segment().slots()[record.sender.slot];
        feed_.add_bytes(received_bytes(slot), sent_bytes(slot));
    }
    if (feed_.end() != before && socket_.has_followers()) (void)::eventfd_write(news_.get(), 1);
}

}  // namespace chat
