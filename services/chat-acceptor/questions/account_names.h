// Which names are registered, as chat-auth says: a copy in this process, so that taking a name waits for nobody. It is
// loaded when it is first needed and follows every change, because only the acceptor calls chat-auth.
#pragma once

#include "shared/text/text_rules.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace chat {

class AccountNames {
  public:
    // Are there accounts at all? Without chat-auth's socket every name is free.
    bool are_available = false;
    // Until then nobody knows whether a name is free.
    bool are_loaded = false;

    struct Account {
        std::uint64_t number;
        bool disabled;
        bool operator==(const Account&) const = default;
    };
    [[nodiscard]] std::optional<Account> find(std::string_view name) const {
        const auto found = accounts_.find(std::string_view(FoldedName(name)));
        return found == accounts_.end() ? std::nullopt : std::optional(found->second.account);
    }
    // The name as it was registered; empty if there is no such account.
    [[nodiscard]] std::string_view spelling_of(std::string_view name) const {
        const auto found = accounts_.find(std::string_view(FoldedName(name)));
        return found == accounts_.end() ? std::string_view() : found->second.name;
    }
    // May a session continue under this name with this account?
    [[nodiscard]] bool holds(std::string_view name, std::uint64_t account) const {
        const auto found = find(name);
        return found && found->number == account && !found->disabled;
    }

    // The name of the account with this number; empty if there is none.
    [[nodiscard]] std::string_view name_of(std::uint64_t number) const {
        const auto found = names_.find(number);
        return found == names_.end() ? std::string_view() : found->second;
    }

    void set(std::string_view name, Account account) {
        remove(name);
        accounts_[fold_case(name)] = {account, std::string(name)};
        names_[account.number] = name;
    }
    void remove(std::string_view name) {
        const auto found = accounts_.find(std::string_view(FoldedName(name)));
        if (found == accounts_.end()) return;
        names_.erase(found->second.account.number);
        accounts_.erase(found);
    }
    void clear() {
        accounts_.clear();
        names_.clear();
    }

  private:
    struct Named {
        Account account;
        std::string name;
    };
    ByName<Named> accounts_;
    std::unordered_map<std::uint64_t, std::string> names_;
};

}  // namespace chat
