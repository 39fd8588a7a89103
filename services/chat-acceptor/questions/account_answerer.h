// Answers the questions of account_question.h by calling chat-auth, and those that wait for the registered names.
#pragma once

#include "chat-acceptor/questions/auth_client.h"
#include "chat-acceptor/questions/question.h"

#include <cstdint>
#include <functional>
#include <string_view>

namespace chat {

class AccountAnswerer : public Answerer {
  public:
    // `client` outlives it. `segment`: its id, so that the same numbers in another segment are not taken for a
    // repetition.
    AccountAnswerer(AuthClient& client, std::uint64_t segment) : client_(&client), segment_(segment) {}

    void ask(const QuestionKey& key, std::string_view text, std::function<void(Answer)> done) override;

  private:
    AuthClient* client_;
    std::uint64_t segment_;
};

class NamesAnswerer : public Answerer {
  public:
    // `client` outlives it.
    explicit NamesAnswerer(AuthClient& client) : client_(&client) {}

    void ask(const QuestionKey& key, std::string_view text, std::function<void(Answer)> done) override;

  private:
    AuthClient* client_;
};

}  // namespace chat
