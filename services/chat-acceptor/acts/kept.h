// Direct messages to accounts that nobody is logged in to, and what a login receives of them.
#pragma once

#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/questions/question.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace chat {

// What has to be known before the message can be kept; empty: nothing, or it is not to be kept.
[[nodiscard]] std::optional<Question> ask_about_away(const act::SendMessage& act, const ActContext& context,
                                                     const Asker& asker);
// Keeps the message, or says why not; empty: it is not for an account that is away.
// `client`: who is connected by the name or id that it is for.
[[nodiscard]] std::optional<Draft> send_to_away(const act::SendMessage& act, std::optional<SlotId> client,
                                                const ActContext& context, const Asker& asker);

// For a login: `login` is chat-auth's answer, without refusal.
[[nodiscard]] Question ask_for_kept(std::uint32_t account, const Answer& login, const ActContext& context,
                                    const Asker& asker);
// Its part about kept messages. Empty: there is no answer about them. `rows` is the storage for what it views.
[[nodiscard]] std::optional<KeptForLogin> kept_for_login(const Answer& answer, const ActContext& context,
                                                         const Asker& asker, std::string& rows);

// Bytes of rendered lines in an answer about kept messages, at most; 0: it is none.
[[nodiscard]] std::size_t kept_size_of(const Answer& answer);

// For a client whose login goes on: is_getting_kept in its row. Empty: there is nothing to ask.
[[nodiscard]] std::optional<Question> ask_for_more_kept(const ActContext& context, const Asker& asker);
[[nodiscard]] Draft perform_more_kept(const std::optional<Answer>& answer, const ActContext& context,
                                      const Asker& asker);

}  // namespace chat
