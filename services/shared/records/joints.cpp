// `mark 512,1024;` before the tags.
#include "shared/records/joints.h"

#include "shared/text/line.h"

#include <algorithm>

namespace chat::records {
namespace {

constexpr char mark = '\n';
constexpr std::size_t most_joints = 64;  // more than a message has

}  // namespace

std::string tags_with_joints(std::span<const std::uint16_t> joints, std::string_view tags) {
    if (joints.empty()) return std::string(tags);
    std::string text(1, mark);
    for (const std::uint16_t joint : joints) text.append(text.size() > 1 ? "," : "").append(std::to_string(joint));
    if (!tags.empty()) text.append(";").append(tags);
    return text;
}

std::vector<std::uint16_t> joints_in(std::string_view tags) {
    std::vector<std::uint16_t> joints;
    if (!tags.starts_with(mark)) return joints;
    std::string_view list = tags.substr(1, tags.find(';') - 1);
    while (!list.empty() && joints.size() < most_joints) {
        const std::string_view item = list.substr(0, list.find(','));
        list.remove_prefix(std::min(item.size() + 1, list.size()));
        const auto joint = whole_number<std::uint16_t>(item);
        if (joint && (joints.empty() || *joint > joints.back())) joints.push_back(*joint);
    }
    return joints;
}

}  // namespace chat::records
