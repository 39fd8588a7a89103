// The stages of a chat: see stage.h.
#include "client/talk/stage.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace chat {

namespace {

struct PlaceOfLink {
    using Place = std::unique_ptr<Link>*;

    Place operator()(AwaitingWelcome& stage) const { return &stage.entry.link; }
    Place operator()(LoggingIn& stage) const { return &stage.entry.link; }
    Place operator()(Naming& stage) const { return &stage.entry.link; }
    Place operator()(Talking& stage) const { return &stage.link; }
    Place operator()(Away&) const { return nullptr; }
    Place operator()(Leaving& stage) const { return &stage.link; }
    Place operator()(Over&) const { return nullptr; }
};

struct WayBack {
    const std::string& name;
    const Credentials& credentials;

    std::optional<Return> operator()(const AwaitingWelcome& stage) const { return stage.entry.back; }
    std::optional<Return> operator()(const LoggingIn& stage) const { return stage.entry.back; }
    std::optional<Return> operator()(const Naming& stage) const { return stage.entry.back; }
    std::optional<Return> operator()(const Talking&) const { return Return{name, 0, credentials}; }
    std::optional<Return> operator()(const Away& stage) const { return stage.back; }
    std::optional<Return> operator()(const Leaving&) const { return std::nullopt; }
    std::optional<Return> operator()(const Over&) const { return std::nullopt; }
};

struct MillisecondsLeft {
    int operator()(const AwaitingWelcome& stage) const {
        const int left = stage.deadline.milliseconds_left();
        return stage.silent_at ? std::min(left, milliseconds_until(*stage.silent_at)) : left;
    }
    int operator()(const LoggingIn& stage) const { return stage.deadline.milliseconds_left(); }
    int operator()(const Naming&) const { return -1; }
    int operator()(const Talking&) const { return -1; }
    int operator()(const Away&) const { return -1; }
    int operator()(const Leaving& stage) const {
        const int left = stage.deadline.milliseconds_left();
        return stage.again_at ? std::min(left, milliseconds_until(*stage.again_at)) : left;
    }
    int operator()(const Over&) const { return 0; }
};

// A server that is just being started, or restarted, answers within this time.
constexpr std::chrono::seconds answer_timeout{30};
constexpr std::chrono::milliseconds silence{900};
constexpr std::chrono::seconds login_timeout{30};
constexpr std::chrono::seconds goodbye_timeout{10};
// A signal ends us; that must happen well within Signals::last_seconds.
constexpr std::chrono::seconds hasty_timeout{2};

}  // namespace

AwaitingWelcome await_welcome(Entry entry) {
    const Deadline deadline(answer_timeout, entry.link->connection.sent());
    return {std::move(entry), deadline, Deadline::Clock::now() + silence};
}

LoggingIn await_login(Entry entry) {
    const Deadline deadline(login_timeout, entry.link->connection.sent());
    return {std::move(entry), deadline};
}

Leaving await_goodbye(std::unique_ptr<Link> link, bool in_haste, std::string_view quit) {
    const Deadline deadline(in_haste ? hasty_timeout : goodbye_timeout, link->connection.sent());
    return {std::move(link), deadline, in_haste, std::string(quit)};
}

Link* link_of(Stage& stage) {
    auto* const place = std::visit(PlaceOfLink{}, stage);
    return place == nullptr ? nullptr : place->get();
}

std::unique_ptr<Link> take_link(Stage& stage) {
    auto* const place = std::visit(PlaceOfLink{}, stage);
    return place == nullptr ? nullptr : std::move(*place);
}

std::optional<Return> plan_return(const Stage& stage, const std::string& name, const Credentials& credentials) {
    return std::visit(WayBack{name, credentials}, stage);
}

Entry* unseen_entry(Stage& stage) {
    Entry* entry = nullptr;
    if (auto* naming = std::get_if<Naming>(&stage)) entry = &naming->entry;
    if (auto* login = std::get_if<LoggingIn>(&stage)) entry = &login->entry;
    return entry != nullptr && entry->asks_name && !entry->back ? entry : nullptr;
}

bool accepts_lines(const Stage& stage) {
    return std::holds_alternative<Naming>(stage) || plan_return(stage, {}).has_value();
}

int milliseconds_left(const Stage& stage) {
    return std::visit(MillisecondsLeft{}, stage);
}

}  // namespace chat
