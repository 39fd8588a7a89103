// The versions of the log's database, and how an older one becomes the newest. The version is in PRAGMA user_version;
// the database of release 0.1 has version 0.
//
// A migration is one transaction: whoever dies in it leaves the older version, whole. Both daemons migrate when they
// open the database, so the version is read again once no other can write. Rows are neither rewritten nor checked: the
// time it takes does not grow with the log, and a daemon of an earlier release that has the database open keeps
// working.
#pragma once

namespace chat {

class Database;

inline constexpr int newest_database_version = 1;

// Throws DatabaseError if a later release wrote the database. Changes nothing.
void check_version(Database& database);
// Makes a new or older database one of the newest version; does not even take a lock where it is that already. Throws
// DatabaseError, and then nothing has changed.
void migrate(Database& database);

}  // namespace chat
