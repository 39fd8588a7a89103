// The commands about rooms.
#pragma once

#include "control/arguments.h"

namespace chat {

int show_rooms(const Arguments& arguments);
int add(const Arguments& arguments);
int remove_from_room(const Arguments& arguments);
int set_room(const Arguments& arguments);
int make_operators(const Arguments& arguments);
int remove_operators(const Arguments& arguments);
int change_modes(const Arguments& arguments);

}  // namespace chat
