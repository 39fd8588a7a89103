// Acts as bytes: every kind survives the round trip, and nothing else is mistaken for an act.
#include "chat-acceptor/acts/act.h"
#include "tests/support/catch.h"

#include <limits>
#include <set>
#include <string>
#include <utility>

namespace act_bytes_test {

using namespace chat;

namespace {

constexpr Sha256Sum sum = {1, 2, 3, 255};

// One of each kind, with fields that are easily confused or lost.
std::vector<Act> one_of_each() {
    std::vector<Act> acts{
        act::Rename{"Bruce"},
        act::ShowSelf{},
        act::ListClients{},
        act::Quit{LeaveReason::quit, "see you"},
        act::SendMessage{{"48213", 48213}, " hi "},
        act::Broadcast{std::string_view("a\0b", 3)},
        act::JoinRoom{"kitchen"},
        act::LeaveRoom{"kitchen"},
        act::SayInRoom{"kitchen", "hello"},
        act::SayInLobby{""},
        act::ListRooms{},
        act::ListMembers{"kitchen"},
        act::MakeGroup{true, {{"Joker", 0}, {"51990", 51990}}},
        act::JoinGroup{{"group:4711", 4711}},
        act::DeclineGroup{{"4711", 4711}},
        act::AnswerRequest{{"4711", 4711}, {"Joker", 0}, true},
        act::LeaveGroup{{"none", 0}},
        act::SayInGroup{{"4711", 4711}, "psst"},
        act::ListGroups{true},
        act::OfferFile{{FileTarget::Kind::room, "kitchen", 0}, 1U << 31U, sum, "cat.png"},
        act::Calculate{"1 + 1"},
        act::Echo{"as it is"},
        act::ShowDate{},
        act::ShowTime{},
        act::LogIn{"Robin", "password"},
        act::RegisterName{"password", ""},
        act::ChangePassword{"password", "new password"},
        act::ResetPassword{"Robin", "token", "new password"},
        act::LogOut{},
        act::StayQuiet{},
        act::ChangeCertificate{true},
        act::ShowHistory{"cave", true, 20, act::ShowHistory::Select::between, 7, 9, 1'000, 2'000, 64, true, true},
        act::MarkSeen{"cave", true, 1042, 1'000},
        act::ListUnread{},
        act::UseAccount{"Robin", 7, 1'000, 2},
        act::SetTopic{"cave", "What now?"},
        act::ShowTopic{"cave"},
        act::KickFromRoom{"cave", {"Joker", 0}, "no jokes"},
        act::ChangeModes{"cave", {{'o', true, {"51990", 51990}}, {'l', true, {}, "5"}}},
        act::InviteToRoom{"cave", {"Joker", 0}},
        act::SayToStanding{"cave", true, "psst"},
        act::GoAway{"on patrol"},
        act::SayAction{{FileTarget::Kind::room, "cave", 0}, "waves"},
        act::DeleteMessage{{FileTarget::Kind::room, "cave", 0}, 1042, "spam"}};
#ifdef CHAT_CRASH_POINTS
    acts.emplace_back(act::Wait{"5 later"});
#endif
    return acts;
}

}  // namespace

TEST_CASE("acts: each kind can be written and read back", "[acts]") {
    const auto acts = one_of_each();
    REQUIRE(acts.size() == std::variant_size_v<Act>);
    std::set<std::string> numbers;
    for (std::size_t i = 0; i < acts.size(); ++i) {
        INFO(i);
        REQUIRE(acts[i].index() == i);
        const std::string bytes = encode_act(acts[i]);
        const auto read = decode_act(bytes);
        REQUIRE(read);
        CHECK(read->index() == i);
        CHECK(encode_act(*read) == bytes);
        numbers.insert(bytes.substr(0, sizeof(std::uint16_t)));
    }
    CHECK(numbers.size() == acts.size());
}

TEST_CASE("acts: fields come back with their values", "[acts]") {
    const std::string message = encode_act(act::SendMessage{{"48213", 48213}, " hi "});
    const auto sent = std::get<act::SendMessage>(*decode_act(message));
    CHECK(sent.to == ClientReference{"48213", 48213});
    CHECK(sent.text == " hi ");

    const std::string group = encode_act(act::MakeGroup{false, {{"Joker", 0}, {"51990", 51990}}});
    const auto made = std::get<act::MakeGroup>(*decode_act(group));
    CHECK_FALSE(made.invites);
    CHECK(made.others == std::vector<ClientReference>{{"Joker", 0}, {"51990", 51990}});

    const std::string file = encode_act(act::OfferFile{{FileTarget::Kind::group, "4711", 4711}, {}, sum, "cat.png"});
    const auto offered = std::get<act::OfferFile>(*decode_act(file));
    CHECK(offered.to == FileTarget{FileTarget::Kind::group, "4711", 4711});
    CHECK_FALSE(offered.size);
    CHECK(offered.sha256 == sum);
    CHECK(offered.name == "cat.png");
}

TEST_CASE("acts: bytes that are truncated, too long or of no kind are not an act", "[acts]") {
    for (const Act& act : one_of_each()) {
        const std::string bytes = encode_act(act);
        for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode_act(bytes.substr(0, size)));
        CHECK_FALSE(decode_act(bytes + '\0'));
    }
    CHECK_FALSE(decode_act(std::string(2, '\xff')));
    std::string many = encode_act(act::MakeGroup{true, {}});
    many.replace(3, 4, "\xff\xff\xff\xff");
    CHECK_FALSE(decode_act(many));
    std::string reason = encode_act(act::Quit{LeaveReason::kicked, "by whom?"});
    CHECK_FALSE(decode_act(reason));
}

}  // namespace act_bytes_test
