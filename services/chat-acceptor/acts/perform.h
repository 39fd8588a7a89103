// Performing acts: the result of each, given the current state. Nothing here knows how a client spells a request or how
// the answer is spelled, and nothing changes here: the draft's record changes the state once it is published.
#pragma once

#include "chat-acceptor/acts/act.h"
#include "chat-acceptor/acts/draft.h"
#include "chat-acceptor/questions/account_names.h"
#include "chat-acceptor/questions/kept_counts.h"
#include "chat-acceptor/questions/recent_deletions.h"
#include "chat-acceptor/state/away_notices.h"
#include "chat-acceptor/state/predecessor.h"
#include "chat-acceptor/state/tables.h"
#include "shared/records/register_policy.h"
#include "shared/system/config.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// What acts read.
struct ActContext {
    const Tables* tables;
    const Config* config;
    std::uint16_t data_port = 0;          // 0: the server does not accept files
    const AccountNames* names = nullptr;  // nullptr: there are no accounts
    // Why an account is banned; nullptr if it is not. Wall time.
    std::function<const std::string*(std::uint64_t account, Microseconds now)> reason_of_ban = {};
    // Does the client come from limits.trusted_addresses? Empty: yes.
    std::function<bool(const ClientRow& row)> is_trusted = {};
    std::size_t outbox_size = std::size_t{1} << 20U;  // bytes
    // Messages for accounts that are away:
    const KeptCounts* kept = nullptr;
    std::function<bool()> can_keep = {};  // empty: yes
    // Has this client received what it was given of them? Empty: no.
    std::function<bool(SlotId client)> has_received_kept = {};
    std::size_t kept_page_size = std::size_t{1} << 18U;  // bytes of rendered lines in one record
    const AwayNotices* away_notices = nullptr;
    const RecentDeletions* deletions = nullptr;
    std::uint64_t log_id = 0;  // QueueWords::log_id: it makes the numbers of messages unique
};

// The client that asks; it is connected.
struct Asker {
    SlotId client;
    const ClientRow* row;
    Microseconds at;                                 // wall time
    std::span<const Predecessor> predecessors = {};  // what they still hold counts against its quotas
};

// Is it a client that has to log in before anything else (accounts.guests)?
[[nodiscard]] bool is_barred(const ActContext& context, const ClientRow& row) noexcept;
// Do lists and numbers of clients leave it out? Of itself it always knows.
[[nodiscard]] bool is_hidden(const ActContext& context, const ClientRow& row) noexcept;
// May a client that is barred do this? Otherwise guests_not_allowed.
[[nodiscard]] bool is_open_to_guests(const Act& act) noexcept;
[[nodiscard]] Draft refuse_barred();

// Sender, tag and stream position of the draft's record are filled in by the caller.
[[nodiscard]] Draft perform(const Act& act, const ActContext& context, const Asker& asker);

// One overload for each act, in the file that act.h names.
[[nodiscard]] Draft perform(const act::Rename& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ShowSelf& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ListClients& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::Quit& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::StayQuiet& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::SendMessage& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::Broadcast& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::JoinRoom& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::LeaveRoom& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::SayInRoom& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::SayInLobby& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ListRooms& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ListMembers& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::MakeGroup& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::JoinGroup& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::DeclineGroup& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::AnswerRequest& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::LeaveGroup& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::SayInGroup& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ListGroups& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::OfferFile& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::Calculate& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::Echo& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ShowDate& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ShowTime& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::LogIn& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::RegisterName& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ChangePassword& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ResetPassword& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ChangeCertificate& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::LogOut& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ShowHistory& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::MarkSeen& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ListUnread& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::UseAccount& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::SetTopic& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ShowTopic& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::KickFromRoom& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::ChangeModes& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::InviteToRoom& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::SayToStanding& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::GoAway& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::SayAction& act, const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform(const act::DeleteMessage& act, const ActContext& context, const Asker& asker);
#ifdef CHAT_CRASH_POINTS
[[nodiscard]] Draft perform(const act::Wait& act, const ActContext& context, const Asker& asker);
#endif

// What several of those files need.

// The act that it stands for: a message to a client, a room or a group.
[[nodiscard]] Act message_of(const act::SayAction& act, const ActContext& context);

// Everyone who is notified when `client` comes, goes or changes its name, possibly including itself (protocol section
// 3, last paragraph). As in every list of receivers, delivery skips the sender, whose own lines do not depend on this
// list. IRC clients are notified if they share a room with it.
[[nodiscard]] Receivers announcement_receivers(const ActContext& context, SlotId client);
// IRC clients that share a room with it, possibly including itself, or that watch it and want to know more of it than
// that it is here (extended-monitor).
[[nodiscard]] Receivers irc_companions(const ActContext& context, SlotId client);
// As announcement_receivers, when it comes: IRC clients see it enter the lobby.
[[nodiscard]] Receivers arrival_receivers(const ActContext& context, SlotId client);

// By slot, each once.
[[nodiscard]] std::vector<SlotId> sorted(std::vector<SlotId> receivers);

// How many members the asking client may know of: itself, and those that are not hidden.
[[nodiscard]] std::size_t visible_count(const ActContext& context, Room room, const Asker& asker);
// One part of /active or /members: these clients, who are in the order of their sessions, or those of them who are in
// the room, with what they may do there; without others that are hidden. The row of the asking client is marked as its
// own.
[[nodiscard]] Draft list_clients(const ActContext& context, const Asker& asker, std::span<const SlotId> clients,
                                 std::string_view list, std::optional<Room> room = {});
// For an act whose answer is a list: the bytes of one part. It is performed only while there is room for them in the
// client's outbox, and again until its last part. 0: it is not a list.
[[nodiscard]] std::size_t list_part_of(const Act& act, const ActContext& context) noexcept;
// The same for a page of history, which has a single part.
[[nodiscard]] std::size_t history_page_size(const ActContext& context) noexcept;

[[nodiscard]] std::optional<SlotId> find_client(const ActContext& context, const ClientReference& client);
[[nodiscard]] std::optional<Group> find_group(const ActContext& context, const GroupReference& group);
// The maximum number of members of a group, including its admin.
[[nodiscard]] std::size_t group_member_limit(const ActContext& context) noexcept;

[[nodiscard]] Draft refuse_busy();
// The address of a client without its port: 192.0.2.7 or 2001:db8::7.
[[nodiscard]] std::string_view address_of(const ClientRow& row) noexcept;
// Without TLS, secrets are accepted only from this host, unless the configuration says otherwise.
[[nodiscard]] bool may_send_secrets(const ActContext& context, const Asker& asker) noexcept;
// Who may register a name; nobody if another program keeps the accounts.
[[nodiscard]] RegisterPolicy register_policy_of(const Config& config) noexcept;
[[nodiscard]] Draft refuse_name();
// May a client have this name, as far as its form is concerned? Some are reserved, among them the server's.
[[nodiscard]] bool is_allowed_name(const ActContext& context, std::string_view name);
// The name belongs to an account, and this client has not proven that it is its owner.
[[nodiscard]] Draft refuse_without_secret(std::string_view name);
// A random name that nobody uses and that belongs to no account.
[[nodiscard]] std::string choose_free_name(const ActContext& context);
[[nodiscard]] Draft refuse_unknown_client(std::string_view word);
[[nodiscard]] Draft refuse_unknown_group(std::string_view word);
[[nodiscard]] Draft refuse_unknown_room(std::string_view name);

}  // namespace chat
