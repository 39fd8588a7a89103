// Accounts: /login with a secret, /register, /password, /reset, /logout. chat-auth decides; until it has, the line
// waits.
#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/questions/account_question.h"
#include "shared/records/answer.h"
#include "shared/records/session.h"
#include "shared/text/text_rules.h"

#include <array>
#include <type_traits>
#include <utility>
#include <variant>

namespace chat {
namespace {

using What = AccountQuestion::What;

// The address of a client without its port: 192.0.2.7:50312 or [2001:db8::7]:50312.
std::string_view address_of(const ClientRow& row) noexcept {
    std::string_view address = row.peer_view();
    address = address.substr(0, address.rfind(':'));
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    return address;
}

// Without TLS, secrets are accepted only from this host, unless the configuration says otherwise.
bool may_send_secrets(const ActContext& context, const Asker& asker) noexcept {
    const std::string_view address = address_of(*asker.row);
    return asker.row->is_secure != 0 || context.config->accounts_plaintext || address.starts_with("127.") ||
           address == "::1" || address.starts_with("::ffff:127.");
}

Draft refuse_without_tls() {
    return Draft::refusal(ErrorCode::needs_tls, "Passwords are accepted only over TLS");
}

Draft refuse_no_account(std::string_view name) {
    return Draft::refusal(ErrorCode::no_such_account, "There is no account " + std::string(name));
}

Draft refuse_guest() {
    return Draft::refusal(ErrorCode::no_such_account, "You are not logged in");
}

Draft refuse_busy() {
    return Draft::refusal(ErrorCode::busy, "The server is busy; try again later");
}

bool are_available(const ActContext& context) noexcept {
    return context.names != nullptr && context.names->are_available;
}

// The server's random names, for rows that were made before the row said so.
bool looks_random(std::string_view name) noexcept {
    constexpr std::size_t size = 10;
    return name.size() == size && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == name.npos;
}

std::uint64_t least_secret(const ActContext& context) noexcept {
    return static_cast<std::uint64_t>(context.config->accounts_min_secret);
}

// What can be refused without asking.
std::optional<Draft> refuse_early(const act::LogIn& act, const ActContext& context, const Asker& asker) {
    if (!may_send_secrets(context, asker)) return refuse_without_tls();
    if (!is_name(act.name)) return refuse_name();
    if (!are_available(context)) return refuse_no_account(act.name);
    return std::nullopt;
}
std::optional<Draft> refuse_early(const act::RegisterName& /*act*/, const ActContext& context, const Asker& asker) {
    if (!may_send_secrets(context, asker)) return refuse_without_tls();
    if (!are_available(context))
        return Draft::refusal(ErrorCode::forbidden, "Names cannot be registered on this server");
    return std::nullopt;
}
std::optional<Draft> refuse_early(const act::ChangePassword& /*act*/, const ActContext& context, const Asker& asker) {
    if (!may_send_secrets(context, asker)) return refuse_without_tls();
    if (asker.row->account == 0 || !are_available(context)) return refuse_guest();
    return std::nullopt;
}
std::optional<Draft> refuse_early(const act::ResetPassword& act, const ActContext& context, const Asker& asker) {
    if (!may_send_secrets(context, asker)) return refuse_without_tls();
    if (!is_name(act.name) || !are_available(context)) return refuse_no_account(act.name);
    return std::nullopt;
}

AccountQuestion about(const act::LogIn& act, const ActContext& /*context*/, const Asker& asker) {
    return {.what = What::login, .address = address_of(*asker.row), .name = act.name, .secret = act.secret};
}
AccountQuestion about(const act::RegisterName& act, const ActContext& context, const Asker& asker) {
    const std::string_view name = asker.row->name_view();
    const bool is_chosen = asker.row->has_chosen_name != 0 || !looks_random(name);
    return {.what = What::register_name,
            .address = address_of(*asker.row),
            .name = is_chosen ? name : std::string_view(),
            .secret = act.secret,
            .token = act.token,
            .policy = context.config->accounts_register,
            .least = least_secret(context)};
}
AccountQuestion about(const act::ChangePassword& act, const ActContext& context, const Asker& asker) {
    return {.what = What::change_password,
            .address = address_of(*asker.row),
            .account = asker.row->account,
            .secret = act.secret,
            .new_secret = act.new_secret,
            .least = least_secret(context)};
}
AccountQuestion about(const act::ResetPassword& act, const ActContext& context, const Asker& asker) {
    return {.what = What::reset_password,
            .address = address_of(*asker.row),
            .name = act.name,
            .new_secret = act.new_secret,
            .token = act.token,
            .least = least_secret(context)};
}

template <typename Kind>
inline constexpr bool is_of_account =
    std::is_same_v<Kind, act::LogIn> || std::is_same_v<Kind, act::RegisterName> ||
    std::is_same_v<Kind, act::ChangePassword> || std::is_same_v<Kind, act::ResetPassword>;

std::string explain(ErrorCode code, const ActContext& context) {
    if (code == ErrorCode::weak_secret)
        return "A password has " + std::to_string(least_secret(context)) + " to 512 bytes and no spaces";
    constexpr std::array<std::pair<ErrorCode, const char*>, 7> texts = {{
        {ErrorCode::bad_name, "Choose a name first: /login NAME"},
        {ErrorCode::not_invited, "To register, you need an invitation from the operator"},
        {ErrorCode::forbidden, "Only the operator adds accounts on this server"},
        {ErrorCode::name_taken, "The name belongs to an account already"},
        {ErrorCode::no_such_account, "There is no such account"},
        {ErrorCode::account_disabled, "The operator has disabled this account"},
        {ErrorCode::too_fast, "Too many wrong passwords from your address; try again later"},
    }};
    for (const auto& [known, text] : texts)
        if (known == code) return text;
    return "Wrong password";
}

// nullptr if the account may log in.
const std::string* reason_of_ban(const AccountAnswer& answer, const ActContext& context, Microseconds now) {
    return context.reason_of_ban ? context.reason_of_ban(answer.account, now) : nullptr;
}

Draft log_in(const AccountAnswer& answer, bool registered, const ActContext& context, const Asker& asker) {
    const bool is_renamed = asker.row->name_view() != answer.name;
    const records::LoggedIn login{.old_name = asker.row->name_view(),
                                  .account = static_cast<std::uint32_t>(answer.account),
                                  .since = answer.since,
                                  .failed = static_cast<std::uint32_t>(answer.failed),
                                  .registered = registered};
    return Draft(login.record(),
                 is_renamed && asker.row->announced ? announcement_receivers(context, asker.client) : Receivers())
        .with_name(std::string(answer.name));
}

}  // namespace

std::string choose_free_name(const ActContext& context) {
    for (;;) {
        std::string name = context.tables->sessions.choose_name();
        if (context.names == nullptr || !context.names->find(name)) return name;
    }
}

Draft refuse_name() {
    return Draft::refusal(ErrorCode::bad_name,
                          "A name must begin with a letter, and have at most 32 letters, digits and . _ - [ ] { } \\ | "
                          "^ `; some are reserved");
}

bool is_barred(const ActContext& context, const ClientRow& row) noexcept {
    return row.account == 0 && context.config->accounts_guests == "no";
}

bool is_open_to_guests(const Act& act) noexcept {
    return std::visit(
        [](const auto& kind) {
            using Kind = std::decay_t<decltype(kind)>;
            return std::is_same_v<Kind, act::Rename> || std::is_same_v<Kind, act::LogIn> ||
                   std::is_same_v<Kind, act::RegisterName> || std::is_same_v<Kind, act::ResetPassword> ||
                   std::is_same_v<Kind, act::ShowSelf> || std::is_same_v<Kind, act::Quit>;
        },
        act);
}

Draft refuse_barred() {
    return Draft::refusal(ErrorCode::guests_not_allowed, "Log in first: /login NAME SECRET");
}

std::optional<Question> ask_about_account(const Act& act, const ActContext& context, const Asker& asker) {
    if (const auto* rename = std::get_if<act::Rename>(&act)) {
        const bool waits = are_available(context) && !context.names->are_loaded && is_name(rename->name);
        return waits ? std::optional(AccountQuestion{}.question()) : std::nullopt;
    }
    return std::visit(
        [&](const auto& kind) -> std::optional<Question> {
            if constexpr (is_of_account<std::decay_t<decltype(kind)>>) {
                if (!refuse_early(kind, context, asker)) return about(kind, context, asker).question();
            }
            return std::nullopt;
        },
        act);
}

std::optional<std::string> name_taken_over(const Act& act, const Answer& answer, const ActContext& context,
                                           Microseconds now) {
    if (!std::holds_alternative<act::LogIn>(act) && !std::holds_alternative<act::RegisterName>(act))
        return std::nullopt;
    const auto read = AccountAnswer::of(answer);
    return read && !read->refusal && reason_of_ban(*read, context, now) == nullptr
               ? std::optional(std::string(read->name))
               : std::nullopt;
}

Draft perform_account_answer(const Act& act, const Answer& answer, const ActContext& context, const Asker& asker) {
    if (std::holds_alternative<act::Rename>(act)) return answer.came ? perform(act, context, asker) : refuse_busy();
    const auto read = AccountAnswer::of(answer);
    if (!read) return refuse_busy();
    if (read->refusal) return Draft::refusal(*read->refusal, explain(*read->refusal, context));
    if (std::holds_alternative<act::LogIn>(act) || std::holds_alternative<act::RegisterName>(act))
        if (const std::string* reason = reason_of_ban(*read, context, asker.at))
            return Draft::refusal(ErrorCode::banned, *reason);
    if (std::holds_alternative<act::LogIn>(act)) return log_in(*read, false, context, asker);
    if (std::holds_alternative<act::RegisterName>(act)) return log_in(*read, true, context, asker);
    return Draft(records::Done{}.record());
}

// Without an answer there is something to refuse, or nobody to ask.
Draft perform(const act::LogIn& act, const ActContext& context, const Asker& asker) {
    auto refusal = refuse_early(act, context, asker);
    return refusal ? *std::move(refusal) : refuse_busy();
}
Draft perform(const act::RegisterName& act, const ActContext& context, const Asker& asker) {
    auto refusal = refuse_early(act, context, asker);
    return refusal ? *std::move(refusal) : refuse_busy();
}
Draft perform(const act::ChangePassword& act, const ActContext& context, const Asker& asker) {
    auto refusal = refuse_early(act, context, asker);
    return refusal ? *std::move(refusal) : refuse_busy();
}
Draft perform(const act::ResetPassword& act, const ActContext& context, const Asker& asker) {
    auto refusal = refuse_early(act, context, asker);
    return refusal ? *std::move(refusal) : refuse_busy();
}

Draft perform(const act::LogOut& /*act*/, const ActContext& context, const Asker& asker) {
    if (asker.row->account == 0) return refuse_guest();
    const records::Renamed renamed{.old_name = asker.row->name_view(), .given = true};
    return Draft(renamed.record(), asker.row->announced ? announcement_receivers(context, asker.client) : Receivers())
        .with_name(choose_free_name(context));
}

}  // namespace chat
