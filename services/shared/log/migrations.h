// The versions of the log database, and the migration from an older version to the newest. The version is in PRAGMA
// user_version; the database of release 0.1 has version 0.
//
// A migration is one transaction: a process that dies during it leaves the older version intact. Both daemons migrate
// when they open the database, so the version is read again under the write lock. Rows are neither rewritten nor
// checked: the duration does not grow with the log, and a daemon of an earlier release that has the database open keeps
// working.
#pragma once

namespace chat {

class Database;

inline constexpr int newest_database_version = 5;

// Throws DatabaseError if a later release wrote the database. Changes nothing.
void check_version(Database& database);
// Brings a new or older database to the newest version; takes no lock if it already is. Throws DatabaseError, and then
// nothing has changed.
void migrate(Database& database);

}  // namespace chat
