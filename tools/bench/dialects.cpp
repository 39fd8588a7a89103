// One class per protocol.
#include "dialects.h"

#include <cstring>

namespace chat::benchmark {
namespace {

std::string name_of(int client) {
    return "c" + std::to_string(client);
}

// Calls `each` with every whole line of `text`, without its LF and CR; returns the bytes in whole lines.
template <typename Each>
std::size_t for_each_line(std::string_view text, Each each) {
    std::size_t at = 0;
    while (at < text.size()) {
        const void* end = std::memchr(text.data() + at, '\n', text.size() - at);
        if (end == nullptr) break;
        const auto stop = static_cast<std::size_t>(static_cast<const char*>(end) - text.data());
        std::string_view line = text.substr(at, stop - at);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        each(line);
        at = stop + 1;
    }
    return at;
}

class Chat : public Dialect {
  public:
    std::string hello(int client) const override { return "/login " + name_of(client) + '\n'; }
    std::string to_one(int client, std::string_view text) const override {
        return "/send " + name_of(client) + ' ' + std::string(text) + '\n';
    }
    std::string to_room(std::string_view text) const override { return std::string(text) + '\n'; }
    Taken take(std::string_view received) const override {
        Taken taken;
        taken.bytes = for_each_line(received, [&](std::string_view line) {
            taken.messages += line.starts_with("message ") ? 1U : 0U;
            taken.ready |= line.starts_with("renamed ");
        });
        return taken;
    }
};

// The server accepts nothing but the two lines of the hello until the welcome has ended: with the message of the day
// (376), or without one (422).
class Irc : public Dialect {
  public:
    explicit Irc(bool with_room)
        : after_welcome_((with_room ? "JOIN #room\r\n" : "") + std::string("PING :ready\r\n")) {}
    std::string hello(int client) const override {
        const std::string name = name_of(client);
        return "NICK " + name + "\r\nUSER " + name + " 0 * :" + name + "\r\n";
    }
    std::string to_one(int client, std::string_view text) const override {
        return "PRIVMSG " + name_of(client) + " :" + std::string(text) + "\r\n";
    }
    std::string to_room(std::string_view text) const override { return "PRIVMSG #room :" + std::string(text) + "\r\n"; }
    Taken take(std::string_view received) const override {
        Taken taken;
        taken.bytes = for_each_line(received, [&](std::string_view line) {
            if (line.starts_with("PING ")) taken.reply.append("PONG ").append(line.substr(5)).append("\r\n");
            const std::size_t space = line.find(' ');
            const std::string_view rest = space < line.size() ? line.substr(space + 1) : std::string_view();
            taken.messages += rest.starts_with("PRIVMSG ") ? 1U : 0U;
            taken.ready |= rest.starts_with("PONG ");
            if (rest.starts_with("376 ") || rest.starts_with("422 ")) taken.reply += after_welcome_;
        });
        return taken;
    }

  private:
    std::string after_welcome_;
};

// RESP3, in which one connection may subscribe and publish. Client 0, which writes to the room, would receive its own
// messages.
class Redis : public Dialect {
  public:
    explicit Redis(bool with_room) : with_room_(with_room) {}
    std::string hello(int client) const override {
        return "HELLO 3\r\nSUBSCRIBE " + name_of(client) + (with_room_ && client != 0 ? " room" : "") + "\r\nPING\r\n";
    }
    std::string to_one(int client, std::string_view text) const override {
        return "PUBLISH " + name_of(client) + ' ' + std::string(text) + "\r\n";
    }
    std::string to_room(std::string_view text) const override { return "PUBLISH room " + std::string(text) + "\r\n"; }
    Taken take(std::string_view received) const override {
        Taken taken;
        taken.bytes = for_each_line(received, [&](std::string_view line) {
            taken.messages += line == "message" ? 1U : 0U;
            taken.ready |= line == "+PONG";
        });
        return taken;
    }

  private:
    bool with_room_;
};

class Nats : public Dialect {
  public:
    explicit Nats(bool with_room) : with_room_(with_room) {}
    std::string hello(int client) const override {
        return "CONNECT {\"verbose\":false,\"echo\":false}\r\nSUB " + name_of(client) + " 1\r\n" +
               (with_room_ ? "SUB room 2\r\n" : "") + "PING\r\n";
    }
    std::string to_one(int client, std::string_view text) const override { return publish(name_of(client), text); }
    std::string to_room(std::string_view text) const override { return publish("room", text); }
    Taken take(std::string_view received) const override {
        Taken taken;
        taken.bytes = for_each_line(received, [&](std::string_view line) {
            if (line == "PING") taken.reply += "PONG\r\n";
            taken.messages += line.starts_with("MSG ") ? 1U : 0U;
            taken.ready |= line == "PONG";
        });
        return taken;
    }

  private:
    static std::string publish(const std::string& subject, std::string_view text) {
        return "PUB " + subject + ' ' + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
    }

    bool with_room_;
};

// MQTT 3.1.1, quality of service 0; packets here are shorter than 128 bytes, except those that a server may send.
// Client 0, which writes to the room, would receive its own messages.
class Mqtt : public Dialect {
  public:
    explicit Mqtt(bool with_room) : with_room_(with_room) {}
    std::string hello(int client) const override {
        const std::string name = name_of(client);
        std::string connect = text_of("MQTT") + std::string("\x04\x02\x00\x00", 4) + text_of(name);
        std::string subscribe = std::string("\x00\x01", 2) + text_of(name) + '\0';
        if (with_room_ && client != 0) subscribe += text_of("room") + '\0';
        return packet('\x10', connect) + packet('\x82', subscribe);
    }
    std::string to_one(int client, std::string_view text) const override {
        return packet('\x30', text_of(name_of(client)) + std::string(text));
    }
    std::string to_room(std::string_view text) const override {
        return packet('\x30', text_of("room") + std::string(text));
    }
    Taken take(std::string_view received) const override {
        Taken taken;
        for (;;) {
            const std::string_view rest = received.substr(taken.bytes);
            std::size_t length = 0, at = 1, shift = 0;
            bool more = true;
            for (; more && at < rest.size() && shift < 28; ++at, shift += 7) {
                length |= static_cast<std::size_t>(rest[at] & 0x7f) << shift;
                more = (rest[at] & 0x80) != 0;
            }
            if (more || rest.size() < at + length) return taken;
            const int type = (rest[0] >> 4) & 0xf;
            taken.messages += type == 3 ? 1U : 0U;
            taken.ready |= type == 9;
            taken.bytes += at + length;
        }
    }

  private:
    static std::string text_of(std::string_view text) {
        std::string out(1, static_cast<char>(text.size() >> 8U));
        out += static_cast<char>(text.size() & 0xffU);
        return out.append(text);
    }
    static std::string packet(char kind, const std::string& body) {
        std::string out(1, kind);
        std::size_t length = body.size();
        do {
            out += static_cast<char>((length & 0x7fU) | (length > 0x7f ? 0x80U : 0U));
            length >>= 7U;
        } while (length > 0);
        return out + body;
    }

    bool with_room_;
};

// The bare relay: connections are numbered in the order of their hello.
class Bare : public Dialect {
  public:
    std::string hello(int client) const override { return "!" + std::to_string(client) + '\n'; }
    std::string to_one(int client, std::string_view text) const override {
        return std::to_string(client) + ' ' + std::string(text) + '\n';
    }
    std::string to_room(std::string_view text) const override { return "* " + std::string(text) + '\n'; }
    Taken take(std::string_view received) const override {
        Taken taken;
        taken.bytes = for_each_line(received, [&](std::string_view line) {
            taken.ready |= line == "!";
            taken.messages += line == "!" ? 0U : 1U;
        });
        return taken;
    }
};

}  // namespace

std::unique_ptr<Dialect> make_dialect(std::string_view name, bool with_room) {
    if (name == "chat") return std::make_unique<Chat>();
    if (name == "irc") return std::make_unique<Irc>(with_room);
    if (name == "redis") return std::make_unique<Redis>(with_room);
    if (name == "nats") return std::make_unique<Nats>(with_room);
    if (name == "mqtt") return std::make_unique<Mqtt>(with_room);
    if (name == "bare") return std::make_unique<Bare>();
    return nullptr;
}

}  // namespace chat::benchmark
