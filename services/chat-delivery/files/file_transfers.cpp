// The thread that serves data connections in turn.
#include "chat-delivery/files/file_transfers.h"

#include "shared/system/link.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <unordered_set>
#include <utility>

namespace chat {
namespace {

constexpr int look_interval_ms = 500;
constexpr int waiting_interval_ms = 10;
constexpr Microseconds earlier_connection_timeout = 1'000'000;
constexpr std::size_t max_waiting = 64;

void refuse(int fd, const char* line, std::size_t size) noexcept {
    (void)::send(fd, line, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(fd, SHUT_RDWR);
}

}  // namespace

FileTransfers::Entry::~Entry() {
    (void)::epoll_ctl(epoll, EPOLL_CTL_DEL, transfer->fd(), nullptr);
}

FileTransfers::FileTransfers(const Segment& segment, const std::string& state_directory, std::function<void()> on_news)
    : segment_(&segment),
      spool_(state_directory),
      upload_place_{&spool_, &broken_uploads_, [this](const Transfer::Subject& subject) { return has_room(subject); },
                    [this](const Transfer::Subject& subject) { return reclaim(subject); }},
      on_news_(std::move(on_news)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    if (!epoll_ || !wake_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "creating the epoll set of transfers");
    mark_all_broken();
}

FileTransfers::~FileTransfers() {
    stop();
}

void FileTransfers::start(std::function<void(std::exception_ptr)> on_failure) {
    thread_ = std::thread([this, on_failure = std::move(on_failure)] {
        ::pthread_setname_np(::pthread_self(), "file-transfers");
        sigset_t pipe;
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);  // sendfile(2) has no MSG_NOSIGNAL
        ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        try {
            run();
        } catch (...) {
            on_failure(std::current_exception());
        }
    });
}

void FileTransfers::stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    (void)::eventfd_write(wake_.get(), 1);
    thread_.join();
    for (const auto& entry : entries_) entry->transfer->abort();
    entries_.clear();
}

// The connections of an earlier process ended with it: their tickets are valid for new connections.
void FileTransfers::mark_all_broken() const noexcept {
    const auto mark = [](TransferWords& words) {
        const std::uint64_t connection = words.connection.load(std::memory_order_relaxed);
        if ((connection & 1U) == 0) return;
        words.broke_at.store(static_cast<std::uint64_t>(steady_clock()), std::memory_order_relaxed);
        words.connection.store(connection & ~std::uint64_t{1}, std::memory_order_release);
    };
    for (FileSlot& slot : segment_->files()) mark(slot.words);
    for (TicketSlot& slot : segment_->tickets()) mark(slot.words);
}

void FileTransfers::enqueue(Task task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
    }
    (void)::eventfd_write(wake_.get(), 1);
}

void FileTransfers::add(bool upload, std::uint32_t row, std::uint64_t file, std::uint64_t offset, UniqueFd fd) {
    enqueue({upload ? Task::What::upload : Task::What::download, row, file, offset, std::move(fd)});
}

void FileTransfers::add(const LinkMessage& message, UniqueFd fd) {
    const bool upload = message.kind == LinkKind::upload;
    const auto files = segment_->files();
    const std::uint32_t row = message.client.slot;
    if (upload && message.knows == 1 && row < files.size()) note_receipts(files[row].words, message.number);
    add(upload, row, message.number, message.offset, std::move(fd));
}

void FileTransfers::end_ticket(std::uint32_t row, std::uint64_t file) {
    enqueue({Task::What::end_ticket, row, file, 0, {}});
}
void FileTransfers::end_file(std::uint64_t file) {
    enqueue({Task::What::end_file, 0, file, 0, {}});
}
void FileTransfers::sweep() {
    enqueue({Task::What::sweep, 0, 0, 0, {}});
}

void FileTransfers::run() {
    Microseconds look_at = 0;
    while (!stopping_) {
        const bool busy = std::any_of(entries_.begin(), entries_.end(),
                                      [](const auto& entry) { return entry->waiting_for == Transfer::Step::again; });
        const int idle_ms = waiting_.empty() ? look_interval_ms : waiting_interval_ms;
        wait_for_events(busy ? 0 : entries_.empty() && waiting_.empty() ? -1 : idle_ms);
        process_tasks();
        if (!waiting_.empty()) begin_waiting();
        const Microseconds now = steady_clock();
        const bool look = now >= look_at;
        if (look) look_at = now + look_interval_ms * 1000;
        // A step may look at all entries (reclaim), so none moves before each has had its own.
        for (const auto& entry : entries_) {
            if (look && now >= entry->transfer->deadline()) {
                entry->transfer->abort();
                entry->over = true;
            } else if (entry->waiting_for == Transfer::Step::again) {
                entry->over = !serve(*entry);
            }
        }
        std::erase_if(entries_, [](const auto& entry) { return entry->over; });
    }
}

void FileTransfers::wait_for_events(int timeout_ms) {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
    for (int i = 0; i < count; ++i) {
        if (auto* entry = static_cast<Entry*>(events[static_cast<std::size_t>(i)].data.ptr)) {
            entry->waiting_for = Transfer::Step::again;
        } else {
            eventfd_t ignored = 0;
            (void)::eventfd_read(wake_.get(), &ignored);
        }
    }
}

// Does one step; false: the transfer is over.
bool FileTransfers::serve(Entry& entry) {
    const Transfer::Step next = entry.transfer->step();
    if (entry.transfer->take_news()) on_news_();
    if (next == Transfer::Step::over) return false;
    if (next == Transfer::Step::again) return true;
    entry.waiting_for = next;
    epoll_event event{};
    event.events = (next == Transfer::Step::until_readable ? EPOLLIN | EPOLLRDHUP : EPOLLOUT) | EPOLLONESHOT;
    event.data.ptr = &entry;
    const int fd = entry.transfer->fd();
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0 &&
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "watching a data connection");
    return true;
}

void FileTransfers::process_tasks() {
    std::vector<Task> tasks;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
    }
    for (Task& task : tasks) process(task);
}

void FileTransfers::process(Task& task) {
    switch (task.what) {
        case Task::What::upload:
        case Task::What::download:
            begin(task);
            break;
        case Task::What::end_ticket:
            abort(false, task.file, task.row);
            break;
        case Task::What::end_file:
            abort(true, task.file, 0);
            broken_uploads_.forget(task.file);
            spool_.remove(task.file);
            break;
        case Task::What::sweep:
            remove_unknown();
            break;
    }
}

bool FileTransfers::is_in_use(const Task& task) const noexcept {
    const bool upload = task.what == Task::What::upload;
    return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
        const Transfer::Subject& other = entry->transfer->subject();
        return entry->transfer->is_upload() == upload && other.row == task.row &&
               (other.words->connection.load(std::memory_order_relaxed) & 1U) != 0;
    });
}

// A peer that reconnects after a break may arrive before the break is noticed.
void FileTransfers::begin(Task& task) {
    constexpr std::string_view busy = "error code=busy :This ticket is in use\n";
    constexpr std::string_view bad = "error code=bad-ticket :This ticket is no longer valid\n";
    if (is_in_use(task)) {
        if (task.until == 0) task.until = steady_clock() + earlier_connection_timeout;
        if (waiting_.size() >= max_waiting || steady_clock() >= task.until)
            return refuse(task.fd.get(), busy.data(), busy.size());
        waiting_.push_back(std::move(task));
        return;
    }
    auto transfer = make_transfer(task);
    if (!transfer) return refuse(task.fd.get(), bad.data(), bad.size());
    entries_.push_back(std::make_unique<Entry>(std::move(transfer), epoll_.get()));
}

void FileTransfers::begin_waiting() {
    std::vector<Task> tasks;
    tasks.swap(waiting_);
    for (Task& task : tasks) begin(task);
}

// Rows are written by another process, so their contents are checked before use.
std::unique_ptr<Transfer> FileTransfers::make_transfer(Task& task) const {
    const auto files = segment_->files();
    const auto tickets = segment_->tickets();
    const bool upload = task.what == Task::What::upload;
    std::uint32_t file_row = task.row;
    if (task.row >= files.size()) return nullptr;
    if (!upload) {
        const TicketRow ticket = copy_row(tickets[task.row]);
        if (ticket.open == 0 || ticket.file != task.file || ticket.file_row >= files.size()) return nullptr;
        file_row = ticket.file_row;
    }
    const FileRow file = copy_row(files[file_row]);
    if (file.id != task.file || file.state == FileState::unused) return nullptr;
    TransferWords* words = upload ? &files[task.row].words : &tickets[task.row].words;
    const Transfer::Subject subject{file.id, task.row, file.size, file.sha256, words};
    if (upload) return std::make_unique<Upload>(subject, std::move(task.fd), upload_place_, task.offset);
    return std::make_unique<Download>(subject, std::move(task.fd), spool_, task.offset);
}

// A transfer that has ended normally is left alone: its peer may still be reading.
void FileTransfers::abort(bool upload, std::uint64_t file, std::uint32_t row) {
    std::erase_if(entries_, [&](const auto& entry) {
        Transfer& transfer = *entry->transfer;
        if (transfer.is_upload() != upload || transfer.subject().file != file ||
            (!upload && transfer.subject().row != row) || !is_connected(*transfer.subject().words, file) ||
            outcome_of(*transfer.subject().words, file) != TransferOutcome::none)
            return false;
        transfer.abort();
        return true;
    });
}

// An upload of which no byte has come takes no space, and leaves it to those that have begun.
bool FileTransfers::has_room(const Transfer::Subject& subject) const noexcept {
    std::uint64_t taken = 0;
    for (const FileSlot& slot : segment_->files()) {
        const FileRow row = copy_row(slot);
        if (takes_space(row, slot.words) && row.id != subject.file) taken += row.size;
    }
    return taken <= spool_limit_ && subject.size <= spool_limit_ - taken;
}

bool FileTransfers::reclaim(const Transfer::Subject& subject) {
    bool found = false;
    for (const auto& entry : entries_)
        if (!entry->over && entry->transfer->subject().file != subject.file && entry->transfer->give_way())
            found = true;
    return found;
}

void FileTransfers::remove_unknown() const {
    std::unordered_set<std::uint64_t> known;
    for (const FileSlot& slot : segment_->files())
        if (const FileRow row = copy_row(slot); row.state != FileState::unused) known.insert(row.id);
    spool_.keep_only(known);
}

}  // namespace chat
