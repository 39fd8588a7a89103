// What a client's row says of the messages that were kept for its account.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/records/session.h"

namespace chat {

// What it was given for another account before does not count any more: see acts/kept.
inline void take_kept(const records::LoggedIn& login, ClientRow& row) noexcept {
    row.is_getting_kept = login.kept.more ? getting_kept::more : 0;
    if (login.kept.upto == 0 && login.account == row.kept_account && row.kept_upto != 0) return;
    row.kept_account = login.kept.upto != 0 ? login.account : 0;
    row.kept_upto = login.kept.upto;
    row.kept_since = login.kept.since;
}

// Until the next step of its line, messages to it are kept: they come after the older ones.
inline void expect_kept(std::uint32_t account, ClientRow& row) noexcept {
    row.kept_account = account;
    row.is_getting_kept = getting_kept::first;
}

}  // namespace chat
