// Accounts: /login with a secret or a certificate, /register, /password, /certificate, /reset, /logout. chat-auth
// decides; until it has, the line waits.
#include "chat-acceptor/acts/kept.h"
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

// That an address may register where everybody may. A class behind one gateway has as many.
constexpr std::uint64_t names_at_once = 60;

Draft refuse_without_tls() {
    return Draft::refusal(ErrorCode::needs_tls, "Passwords are accepted only over TLS");
}

Draft refuse_no_account(std::string_view name) {
    return Draft::refusal(ErrorCode::no_such_account, "There is no account " + std::string(name));
}

Draft refuse_guest() {
    return Draft::refusal(ErrorCode::no_such_account, "You are not logged in");
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

bool has_script(const ActContext& context) noexcept {
    return context.config->accounts_backend == "script";
}

Draft refuse_elsewhere() {
    return Draft::refusal(ErrorCode::forbidden, "Accounts and passwords of this server are kept elsewhere");
}

// What can be refused without asking.
std::optional<Draft> refuse_early(const act::LogIn& act, const ActContext& context, const Asker& asker) {
    // A ticket is good only once, so whoever reads it on its way has nothing.
    if (!act.secret.starts_with("ticket:") && !may_send_secrets(context, asker)) return refuse_without_tls();
    if (!is_name(act.name)) return refuse_name();
    if (!are_available(context)) return refuse_no_account(act.name);
    return std::nullopt;
}
std::optional<Draft> refuse_early(const act::RegisterName& /*act*/, const ActContext& context, const Asker& asker) {
    if (!may_send_secrets(context, asker)) return refuse_without_tls();
    if (!are_available(context))
        return Draft::refusal(ErrorCode::forbidden, "Names cannot be registered on this server");
    if (has_script(context)) return refuse_elsewhere();
    return std::nullopt;
}
std::optional<Draft> refuse_early(const act::ChangePassword& /*act*/, const ActContext& context, const Asker& asker) {
    if (!may_send_secrets(context, asker)) return refuse_without_tls();
    if (asker.row->account == 0 || !are_available(context)) return refuse_guest();
    if (has_script(context)) return refuse_elsewhere();
    return std::nullopt;
}
std::optional<Draft> refuse_early(const act::ResetPassword& act, const ActContext& context, const Asker& asker) {
    if (!may_send_secrets(context, asker)) return refuse_without_tls();
    if (!is_name(act.name) || !are_available(context)) return refuse_no_account(act.name);
    if (has_script(context)) return refuse_elsewhere();
    return std::nullopt;
}

std::optional<Draft> refuse_early(const act::ChangeCertificate& act, const ActContext& context, const Asker& asker) {
    if (!act.adds) return Draft::refusal(ErrorCode::bad_arguments, "Usage: /certificate add|remove");
    if (asker.row->account == 0 || !are_available(context)) return refuse_guest();
    if (*act.adds && !is_set(asker.row->fingerprint))
        return Draft::refusal(ErrorCode::needs_tls, "Connect over TLS with a certificate first");
    return std::nullopt;
}

AccountQuestion about(const act::LogIn& act, const ActContext& context, const Asker& asker) {
    return {.what = What::login,
            .address = address_of(*asker.row),
            .name = act.name,
            .secret = act.secret,
            .policy = context.config->accounts_register,
            .script = has_script(context) ? std::string_view(context.config->accounts_script_socket) : "",
            .fingerprint = asker.row->fingerprint};
}
AccountQuestion about(const act::RegisterName& act, const ActContext& context, const Asker& asker) {
    const std::string_view name = act.name.empty() ? asker.row->name_view() : act.name;
    const bool is_chosen = !act.name.empty() || asker.row->has_chosen_name != 0 || !looks_random(name);
    return {.what = What::register_name,
            .address = address_of(*asker.row),
            .name = is_chosen ? name : std::string_view(),
            .account = asker.row->account,
            .secret = act.secret,
            .token = act.token,
            .policy = word_of(register_policy_of(*context.config)),
            .least = least_secret(context),
            .names_at_once = context.is_trusted && !context.is_trusted(*asker.row) ? names_at_once : 0};
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

AccountQuestion about(const act::ChangeCertificate& act, const ActContext& /*context*/, const Asker& asker) {
    return {.what = *act.adds ? What::add_certificate : What::remove_certificate,
            .address = address_of(*asker.row),
            .account = asker.row->account,
            .fingerprint = asker.row->fingerprint};
}

// Taking a name waits until it is known to whom it belongs. If it belongs to somebody, the client's certificate may
// prove that it is the owner.
std::optional<Question> about(const act::Rename& act, const ActContext& context, const Asker& asker) {
    if (!are_available(context) || !is_name(act.name)) return std::nullopt;
    if (!context.names->are_loaded) return ask_for_names();
    const auto owner = context.names->find(act.name);
    if (!owner || owner->number == asker.row->account || !is_set(asker.row->fingerprint)) return std::nullopt;
    return AccountQuestion{.what = What::login_with_certificate,
                           .address = address_of(*asker.row),
                           .name = act.name,
                           .fingerprint = asker.row->fingerprint}
        .question();
}

template <typename Kind>
inline constexpr bool is_of_account =
    std::is_same_v<Kind, act::LogIn> || std::is_same_v<Kind, act::RegisterName> ||
    std::is_same_v<Kind, act::ChangePassword> || std::is_same_v<Kind, act::ResetPassword> ||
    std::is_same_v<Kind, act::ChangeCertificate>;

std::string explain(ErrorCode code, const Act& act, const ActContext& context) {
    if (code == ErrorCode::forbidden)
        return std::holds_alternative<act::ChangeCertificate>(act)
                   ? "The certificate belongs to another account, or yours has 16 already"
                   : "Only the operator adds accounts on this server";
    if (code == ErrorCode::too_fast && std::holds_alternative<act::RegisterName>(act))
        return "Too many names were registered from your address; try again later";
    if (code == ErrorCode::weak_secret)
        return "A password has " + std::to_string(least_secret(context)) + " to 512 bytes and no spaces";
    constexpr std::array<std::pair<ErrorCode, const char*>, 6> texts = {{
        {ErrorCode::bad_name, "Choose a name first: /login NAME"},
        {ErrorCode::not_invited, "To register, you need an invitation from the operator"},
        {ErrorCode::name_taken, "The name belongs to an account already"},
        {ErrorCode::no_such_account, "There is no such account"},
        {ErrorCode::account_disabled, "The operator has disabled this account"},
        {ErrorCode::too_fast, "Too many wrong passwords from your address; try again later"},
    }};
    for (const auto& [known, text] : texts)
        if (known == code) return text;
    return "Wrong password";
}

// Does the client have the account and its name afterwards?
bool gives_name(const Act& act) noexcept {
    return std::holds_alternative<act::LogIn>(act) || std::holds_alternative<act::Rename>(act) ||
           std::holds_alternative<act::RegisterName>(act) || std::holds_alternative<act::UseAccount>(act);
}

// What chat-auth has said of it before.
AccountAnswer proof_in(const act::UseAccount& act) noexcept {
    return {.account = act.account, .name = act.name, .since = act.since, .failed = act.failed};
}

// nullptr if the account may log in.
const std::string* reason_of_ban(const AccountAnswer& answer, const ActContext& context, Microseconds now) {
    return context.reason_of_ban ? context.reason_of_ban(answer.account, now) : nullptr;
}

// Why nobody can log in to the account any more; empty if one can. An answer that has waited may be older than what the
// names say.
std::optional<ErrorCode> find_end_of_account(const AccountAnswer& answer, const ActContext& context) {
    const AccountNames& names = *context.names;
    if (!names.are_loaded || names.holds(answer.name, answer.account)) return std::nullopt;
    const auto known = names.find(answer.name);
    return known && known->number == answer.account ? ErrorCode::account_disabled : ErrorCode::no_such_account;
}

Draft log_in(const AccountAnswer& answer, const KeptForLogin& kept, bool registered, const ActContext& context,
             const Asker& asker) {
    const bool is_renamed = asker.row->name_view() != answer.name;
    const records::LoggedIn login{.old_name = asker.row->name_view(),
                                  .account = static_cast<std::uint32_t>(answer.account),
                                  .since = answer.since,
                                  .failed = static_cast<std::uint32_t>(answer.failed),
                                  .registered = registered,
                                  .kept = kept};
    std::string text;
    const Record record = login.record(text);
    // Only IRC has a line for an account under the same name.
    auto receivers = !asker.row->announced ? Receivers()
                     : is_renamed          ? announcement_receivers(context, asker.client)
                                           : irc_companions(context, asker.client);
    return Draft(record, std::move(receivers)).with_text(std::move(text)).with_name(std::string(answer.name));
}

// Without an answer there is something to refuse, or nobody to ask.
template <typename Kind>
Draft refuse_unasked(const Kind& act, const ActContext& context, const Asker& asker) {
    auto refusal = refuse_early(act, context, asker);
    return refusal ? *std::move(refusal) : refuse_busy();
}

}  // namespace

std::string_view address_of(const ClientRow& row) noexcept {
    std::string_view address = row.peer_view();
    address = address.substr(0, address.rfind(':'));
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    return address;
}

bool may_send_secrets(const ActContext& context, const Asker& asker) noexcept {
    const std::string_view address = address_of(*asker.row);
    return asker.row->is_secure != 0 || context.config->accounts_plaintext || address.starts_with("127.") ||
           address == "::1" || address.starts_with("::ffff:127.");
}

RegisterPolicy register_policy_of(const Config& config) noexcept {
    return config.accounts_backend == "script" ? RegisterPolicy::by_operator
                                               : register_policy(config.accounts_register);
}

std::string choose_free_name(const ActContext& context) {
    for (;;) {
        std::string name = context.tables->sessions.choose_name();
        if (context.names == nullptr || !context.names->find(name)) return name;
    }
}

Draft refuse_without_secret(std::string_view name) {
    return Draft::refusal(ErrorCode::password_required,
                          "The name " + std::string(name) + " belongs to an account: /login NAME SECRET");
}

Draft refuse_name() {
    return Draft::refusal(ErrorCode::bad_name,
                          "A name must begin with a letter, and have at most 32 letters, digits and . _ - [ ] { } \\ | "
                          "^ `; some are reserved");
}

bool is_barred(const ActContext& context, const ClientRow& row) noexcept {
    return row.account == 0 && context.config->accounts_guests == "no";
}

bool is_hidden(const ActContext& context, const ClientRow& row) noexcept {
    return row.is_quiet != 0 || (!row.announced && is_barred(context, row));
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

Question ask_for_names() {
    return {Authority::names, {}};
}

std::optional<Question> ask_about_account(const Act& act, const ActContext& context, const Asker& asker) {
    if (const auto* rename = std::get_if<act::Rename>(&act)) return about(*rename, context, asker);
    if (const auto* use = std::get_if<act::UseAccount>(&act))
        return ask_for_kept(use->account, proof_in(*use).answer(), context, asker);
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
    if (!gives_name(act)) return std::nullopt;
    const auto read = AccountAnswer::of(answer);
    return read && !read->refusal && reason_of_ban(*read, context, now) == nullptr &&
                   !find_end_of_account(*read, context)
               ? std::optional(std::string(read->name))
               : std::nullopt;
}

std::optional<Question> ask_about_kept(const Act& act, const Answer& answer, const ActContext& context,
                                       const Asker& asker) {
    const auto read = AccountAnswer::of(answer);
    const bool is_asked = !read || !read->rest.empty() || !name_taken_over(act, answer, context, asker.at);
    if (is_asked) return std::nullopt;
    return ask_for_kept(static_cast<std::uint32_t>(read->account), answer, context, asker);
}

std::uint32_t account_of_login(const Act& act, const Answer& answer) {
    const auto read = AccountAnswer::of(answer);
    return gives_name(act) && read && !read->refusal ? static_cast<std::uint32_t>(read->account) : 0;
}

std::optional<Draft> refuse_login(const Act& act, const AccountAnswer& answer, const ActContext& context,
                                  const Asker& asker) {
    if (answer.refusal == ErrorCode::busy) return refuse_busy();
    if (answer.refusal) return Draft::refusal(*answer.refusal, explain(*answer.refusal, act, context));
    if (const std::string* reason = reason_of_ban(answer, context, asker.at))
        return Draft::refusal(ErrorCode::banned, *reason);
    if (const auto ended = find_end_of_account(answer, context))
        return Draft::refusal(*ended, explain(*ended, act, context));
    return std::nullopt;
}

Draft perform_account_answer(const Act& act, const Answer& answer, const ActContext& context, const Asker& asker) {
    const auto read = AccountAnswer::of(answer);
    if (const auto* rename = std::get_if<act::Rename>(&act)) {
        // The name is nobody's, or its owner logs in in another way.
        if (answer.came && (!read || read->refusal == ErrorCode::no_such_account)) return perform(act, context, asker);
        if (read && read->refusal == ErrorCode::wrong_secret) return refuse_without_secret(rename->name);
    }
    if (const auto* use = std::get_if<act::UseAccount>(&act); use != nullptr && !read)
        return log_in(proof_in(*use), {}, false, context, asker);  // what is kept stays so until the next login
    if (!read || read->refusal == ErrorCode::busy) return refuse_busy();
    if (!gives_name(act))
        return read->refusal ? Draft::refusal(*read->refusal, explain(*read->refusal, act, context))
                             : Draft(records::Done{}.record());
    if (auto refusal = refuse_login(act, *read, context, asker)) return *std::move(refusal);
    std::string rows;
    const auto kept = kept_for_login(answer, context, asker, rows);
    const bool is_registration = std::holds_alternative<act::RegisterName>(act);
    // The log did not say. A registration cannot be repeated; what is kept stays so until the next login.
    if (!kept && !is_registration) return refuse_busy();
    return log_in(*read, kept.value_or(KeptForLogin()), is_registration, context, asker);
}

Draft perform(const act::LogIn& act, const ActContext& context, const Asker& asker) {
    return refuse_unasked(act, context, asker);
}
Draft perform(const act::RegisterName& act, const ActContext& context, const Asker& asker) {
    return refuse_unasked(act, context, asker);
}
Draft perform(const act::ChangePassword& act, const ActContext& context, const Asker& asker) {
    return refuse_unasked(act, context, asker);
}
Draft perform(const act::ResetPassword& act, const ActContext& context, const Asker& asker) {
    return refuse_unasked(act, context, asker);
}
Draft perform(const act::ChangeCertificate& act, const ActContext& context, const Asker& asker) {
    return refuse_unasked(act, context, asker);
}

Draft perform(const act::UseAccount& act, const ActContext& context, const Asker& asker) {
    return log_in(proof_in(act), {}, false, context, asker);
}

Draft perform(const act::LogOut& /*act*/, const ActContext& context, const Asker& asker) {
    if (asker.row->account == 0) return refuse_guest();
    const records::Renamed renamed{.old_name = asker.row->name_view(), .given = true, .loses_account = true};
    return Draft(renamed.record(), asker.row->announced ? announcement_receivers(context, asker.client) : Receivers())
        .with_name(choose_free_name(context));
}

}  // namespace chat
