// The conversation with the modules, and what their results mean.
#include "chat-auth-pam/pam_check.h"

#include <security/pam_appl.h>

#include <algorithm>
#include <cstdlib>
#include <span>

namespace chat {
namespace {

// The modules free the answers with free(), and overwrite them.
char* copy_for_pam(std::string_view text) {
    auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
    if (copy == nullptr) return nullptr;
    std::copy(text.begin(), text.end(), copy);
    copy[text.size()] = '\0';
    return copy;
}

void discard(std::span<pam_response> answers) {
    for (const pam_response& answer : answers) {
        if (answer.resp == nullptr) continue;
        wipe(answer.resp, std::string_view(answer.resp).size());
        std::free(answer.resp);
    }
    std::free(answers.data());
}

// pam_conv(3). Only the passphrase is known here: a module that asks for anything that may be shown, such as another
// name, receives an error.
extern "C" int chat_converse(int count, const pam_message** messages, pam_response** responses, void* data) {
    if (count <= 0 || count > PAM_MAX_NUM_MSG) return PAM_CONV_ERR;
    const auto size = static_cast<std::size_t>(count);
    auto* first = static_cast<pam_response*>(std::calloc(size, sizeof(pam_response)));
    if (first == nullptr) return PAM_BUF_ERR;
    const std::span answers(first, size);
    const auto& question = *static_cast<const Question*>(data);
    for (std::size_t i = 0; i < size; ++i) {
        const int style = messages[i]->msg_style;
        if (style == PAM_TEXT_INFO || style == PAM_ERROR_MSG) continue;
        answers[i].resp = style == PAM_PROMPT_ECHO_OFF ? copy_for_pam(question.passphrase.view()) : nullptr;
        if (answers[i].resp == nullptr) {
            discard(answers);
            return PAM_CONV_ERR;
        }
    }
    *responses = first;
    return PAM_SUCCESS;
}

// chat-auth slows guessing down, by address; a delay here would only keep others waiting.
extern "C" void chat_no_delay(int /*status*/, unsigned /*microseconds*/, void* /*data*/) {}

// Anything else is a wrong password, which counts as a guess: pam_exec, for example, reports one as a system error.
PamVerdict::Outcome meaning_of(int status) {
    switch (status) {
        case PAM_ACCT_EXPIRED:
        case PAM_AUTHTOK_EXPIRED:
        case PAM_NEW_AUTHTOK_REQD:
            return PamVerdict::Outcome::forbidden;
        case PAM_OPEN_ERR:
        case PAM_SYMBOL_ERR:
        case PAM_SERVICE_ERR:
        case PAM_BUF_ERR:
        case PAM_CONV_ERR:
        case PAM_BAD_ITEM:
        case PAM_MODULE_UNKNOWN:
        case PAM_ABORT:
        case PAM_AUTHINFO_UNAVAIL:
            return PamVerdict::Outcome::unknown;
        default:
            return PamVerdict::Outcome::wrong;
    }
}

class PamHandle {
  public:
    PamHandle(const Question& question, const PamSetup& setup)
        : conversation_{chat_converse, const_cast<Question*>(&question)} {
        status_ = ::pam_start_confdir(setup.service.c_str(), question.name.c_str(), &conversation_,
                                      setup.directory.empty() ? nullptr : setup.directory.c_str(), &handle_);
        if (status_ != PAM_SUCCESS) handle_ = nullptr;
        set(PAM_FAIL_DELAY, reinterpret_cast<const void*>(&chat_no_delay));
        set(PAM_TTY, "chat");
        if (!question.address.empty()) set(PAM_RHOST, question.address.c_str());
    }
    ~PamHandle() {
        if (handle_ != nullptr) (void)::pam_end(handle_, status_);
    }
    PamHandle(const PamHandle&) = delete;
    PamHandle& operator=(const PamHandle&) = delete;

    [[nodiscard]] int authenticate() {
        if (status_ == PAM_SUCCESS) status_ = ::pam_authenticate(handle_, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
        return status_;
    }
    [[nodiscard]] int check_account() {
        if (status_ == PAM_SUCCESS) status_ = ::pam_acct_mgmt(handle_, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
        return status_;
    }
    [[nodiscard]] std::string user() const {
        const void* name = nullptr;
        if (::pam_get_item(handle_, PAM_USER, &name) != PAM_SUCCESS || name == nullptr) return {};
        return static_cast<const char*>(name);
    }
    [[nodiscard]] std::string problem() const { return ::pam_strerror(handle_, status_); }

  private:
    void set(int item, const void* value) {
        if (status_ == PAM_SUCCESS) status_ = ::pam_set_item(handle_, item, value);
    }

    pam_conv conversation_;
    pam_handle_t* handle_ = nullptr;
    int status_;
};

}  // namespace

PamVerdict ask_pam(const Question& question, const PamSetup& setup) {
    PamHandle pam(question, setup);
    if (const int status = pam.authenticate(); status != PAM_SUCCESS) return {meaning_of(status), pam.problem()};
    if (const int status = pam.check_account(); status != PAM_SUCCESS) {
        const auto meaning = meaning_of(status);
        return {meaning == PamVerdict::Outcome::wrong ? PamVerdict::Outcome::forbidden : meaning, pam.problem()};
    }
    return {PamVerdict::Outcome::accepted, pam.user()};
}

}  // namespace chat
