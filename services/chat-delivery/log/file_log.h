// The log's file rows: who sent what to whom, and the outcome for each receiver. Every statement is idempotent.
#pragma once

#include "shared/log/database.h"
#include "shared/records/record.h"

namespace chat {

class FileLog {
  public:
    explicit FileLog(Database& database);
    // Call within a transaction. Records of other kinds change nothing. `keep_names`: file names count as user text.
    void write(const Record& record, bool keep_names);

  private:
    void write_upload(const Record& record, bool keep_names);
    void write_offer(const Record& record);

    Statement insert_;
    Statement store_;
    Statement insert_receipt_;
    Statement end_receipt_;
    Statement end_;
};

}  // namespace chat
