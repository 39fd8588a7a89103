// Those who receive a record: a list that the state keeps, or one made for the occasion.
#pragma once

#include "shared/memory/client_table.h"

#include <span>
#include <utility>
#include <vector>

namespace chat {

class Receivers {
  public:
    Receivers() = default;
    // A list that outlives this object, such as the members of a room.
    explicit Receivers(std::span<const SlotId> kept) : kept_(kept) {}
    explicit Receivers(std::vector<SlotId> own) : own_(std::move(own)), form_(Form::own) {}
    explicit Receivers(SlotId only) : only_(only), form_(Form::only) {}

    [[nodiscard]] std::span<const SlotId> span() const noexcept {
        switch (form_) {
            case Form::kept:
                return kept_;
            case Form::own:
                return own_;
            case Form::only:
                break;
        }
        return {&only_, 1};
    }

  private:
    enum class Form : std::uint8_t { kept, own, only };

    std::span<const SlotId> kept_;
    std::vector<SlotId> own_;
    SlotId only_;
    Form form_ = Form::kept;
};

}  // namespace chat
