// Copying part by part, and the rename.
#include "chat-acceptor/startup/conversion.h"

#include "chat-acceptor/startup/layout_0_1.h"
#include "chat-acceptor/startup/lines_0_1.h"
#include "shared/system/crash_point.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace chat {
namespace {

std::string name_of_new(const std::string& instance) {
    return Segment::object_name(instance) + ".new";
}

// Their rows are rings: mostly holes, and copied unchanged.
bool is_sparse(const PartEntry& part, std::uint64_t reserved) noexcept {
    return part.offset >= reserved;
}

// Stream positions wrap around in them.
bool is_ring(const PartEntry& part) noexcept {
    const std::string_view name = part.name_view();
    return name == "queue" || name == "inboxes" || name == "outboxes";
}

const Converter* find_converter(std::span<const Converter> converters, const PartEntry& part) noexcept {
    const auto found = std::find_if(converters.begin(), converters.end(), [&](const Converter& converter) {
        return converter.part == part.name_view() && converter.version == part.version;
    });
    return found == converters.end() ? nullptr : &*found;
}

// Are the new rows of a part large enough for the converted ones?
bool has_room(const PartEntry& part, const PartEntry& earlier, const Converter* converter) noexcept {
    if (converter != nullptr && converter->bytes_before != nullptr)
        return converter->bytes_before(earlier.row_size) + earlier.row_size <= part.row_size;
    if (earlier.version != part.version) return true;
    return is_ring(part) ? earlier.row_size == part.row_size : earlier.row_size <= part.row_size;
}

bool has_no_ledgers(std::span<const PartEntry> parts) noexcept {
    const PartEntry* outboxes = find_part(parts, "outboxes");
    return outboxes != nullptr && outboxes->version == layout_0_1::outboxes_without_ledgers;
}

void reserve(const SharedMemory& fresh, std::size_t offset, std::size_t length) {
    if (!fresh.reserve(offset, length))
        throw std::system_error(errno, std::generic_category(), "reserving shared memory");
}

void copy_extents(const SharedMemory& object, const PartEntry& from, const SharedMemory& fresh, const PartEntry& to,
                  const Converter* converter) {
    const std::uint64_t before = converter != nullptr ? converter->bytes_before(from.row_size) : 0;
    for (std::uint64_t row = 0; row < from.rows; ++row) {
        const auto begin = static_cast<std::size_t>(from.offset + row * from.row_size);
        const auto end = begin + static_cast<std::size_t>(from.row_size);
        auto extent = object.next_extent(begin, end);
        for (; extent; extent = object.next_extent(extent->offset + extent->length, end)) {
            const auto target =
                static_cast<std::size_t>(to.offset + row * to.row_size + before) + (extent->offset - begin);
            reserve(fresh, target, extent->length);
            std::memcpy(fresh.bytes().data() + target, object.bytes().data() + extent->offset, extent->length);
            CHAT_CRASH_POINT("conversion: bytes of streams copied");
        }
    }
}

void copy_rows(const SharedMemory& object, const PartEntry& from, const SharedMemory& fresh, const PartEntry& to,
               const Converter* converter) {
    for (std::uint64_t row = 0; row < std::min(from.rows, to.rows); ++row) {
        const auto source = object.bytes().subspan(from.offset + row * from.row_size, from.row_size);
        const auto target = fresh.bytes().subspan(to.offset + row * to.row_size, to.row_size);
        if (converter != nullptr)
            converter->convert(source, target);
        else
            std::memcpy(target.data(), source.data(), std::min(source.size(), target.size()));
    }
    CHAT_CRASH_POINT("conversion: rows copied");
}

SegmentHeader& header_in(const SharedMemory& object) noexcept {
    return *reinterpret_cast<SegmentHeader*>(object.bytes().data());
}

// A version that only uses bytes which were unused before.
bool is_laid_out_the_same(const SharedMemory& object, const Layout& target) noexcept {
    const SegmentHeader& header = header_in(object);
    return header.major == layout_major && header.sizes_size == sizeof(SegmentSizes) &&
           std::ranges::equal(header.used_parts(), target.parts) && header.total == target.total;
}

void raise_minor(const SharedMemory& object, std::uint16_t minor) noexcept {
    SegmentHeader& header = header_in(object);
    header.set_program(CHAT_VERSION);
    std::atomic_ref(header.minor).store(guarded_minor(minor), std::memory_order_release);
}

Segment taken(SharedMemory object, std::uint16_t minor) {
    Verdict verdict = judge_segment(object.bytes(), minor);
    if (verdict.fit != Fit::fits) throw DamagedSegment("the converted object is not a segment: " + verdict.problem);
    return Segment(FoundSegment{std::move(object), std::move(verdict)});
}

}  // namespace

std::string obstacle(std::span<const PartEntry> from, std::span<const PartEntry> to,
                     std::span<const Converter> converters) {
    for (const PartEntry& part : to) {
        const PartEntry* earlier = find_part(from, part.name_view());
        if (earlier == nullptr) continue;
        const Converter* converter = find_converter(converters, *earlier);
        if (earlier->version != part.version && converter == nullptr)
            return "version " + std::to_string(earlier->version) + " of its part " + std::string(part.name_view()) +
                   " is no longer supported";
        if (earlier->rows != part.rows || !has_room(part, *earlier, converter))
            return "the size of its part " + std::string(part.name_view()) + " does not match its sizes";
    }
    return {};
}

void copy_parts(const SharedMemory& object, std::span<const PartEntry> from, const SharedMemory& fresh,
                std::span<const PartEntry> to, std::uint64_t reserved, std::span<const Converter> converters) {
    reserve(fresh, 0, static_cast<std::size_t>(reserved));
    CHAT_CRASH_POINT("conversion: tables reserved");
    for (const PartEntry& part : to) {
        const PartEntry* earlier = find_part(from, part.name_view());
        if (earlier == nullptr) continue;
        const Converter* converter = earlier->version == part.version ? nullptr : find_converter(converters, *earlier);
        if (is_sparse(part, reserved))
            copy_extents(object, *earlier, fresh, part, converter);
        else
            copy_rows(object, *earlier, fresh, part, converter);
    }
}

std::optional<OlderSegment> describe_older(std::span<const std::byte> object, const SegmentSizes& wanted,
                                           std::string& problem) {
    SegmentHeader header{};
    std::memcpy(&header, object.data(), sizeof header);
    std::optional<OlderSegment> older;
    if (header.major == first_layout_major) {
        older = layout_0_1::describe(object, wanted, problem);
    } else {
        const auto parts = header.used_parts();
        older = OlderSegment{header.program_text(), header.id, header.sizes_over(wanted), {parts.begin(), parts.end()}};
    }
    if (!older) return std::nullopt;
    problem = obstacle(older->parts, layout_of(older->sizes).parts, layout_0_1::converters());
    if (!problem.empty()) return std::nullopt;
    return older;
}

Segment convert_segment(const std::string& instance, SharedMemory object, const OlderSegment& older,
                        std::uint16_t minor) {
    const Layout target = layout_of(older.sizes);
    if (is_laid_out_the_same(object, target)) {
        raise_minor(object, minor);
        object.release_role(delivery_role);
        return taken(std::move(object), minor);
    }
    std::string name = name_of_new(instance);
    SharedMemory::remove(name);
    if (SharedMemory::is_foreign(name)) name = with_random_suffix(name);
    CHAT_CRASH_POINT("conversion: before the new object is made");
    SharedMemory fresh = SharedMemory::create(name, static_cast<std::size_t>(target.total));
    try {
        CHAT_CRASH_POINT("conversion: new object made");
        copy_parts(object, older.parts, fresh, target.parts, target.reserved, layout_0_1::converters());
        // Nobody waits on the old one's semaphore, and the state of a new doorbell is correct.
        auto& bell = *reinterpret_cast<Doorbell*>(fresh.bytes().data() + target.offset(Part::doorbell));
        bell.make();
        store_header(fresh.bytes(), header_of(older.sizes, older.id));
        CHAT_CRASH_POINT("conversion: header written");
        if (!object.has_full_size()) throw DamagedSegment("it was shortened while it was converted");
        Segment converted = taken(std::move(fresh), layout_minor);
        if (has_no_ledgers(older.parts)) {
            lines_0_1::begin_history(converted);
            lines_0_1::add_ledgers(converted);
        }
        CHAT_CRASH_POINT("conversion: ledgers made");
        if (!converted.claim_acceptor()) throw std::system_error(errno, std::generic_category(), "claiming a role");
        CHAT_CRASH_POINT("conversion: before the rename");
        SharedMemory::rename(name, Segment::object_name(instance));
        CHAT_CRASH_POINT("conversion: renamed");
        return converted;
    } catch (...) {
        SharedMemory::remove(name);
        throw;
    }
}

void remove_unfinished_conversion(const std::string& instance) noexcept {
    SharedMemory::remove(name_of_new(instance));
    SharedMemory::remove_suffixed(name_of_new(instance));
}

}  // namespace chat
