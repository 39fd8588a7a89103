# Warnings and sanitizers for all targets: link against chat_compiler.
add_library(chat_compiler INTERFACE)
target_compile_options(chat_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wnull-dereference -Wduplicated-cond -Wimplicit-fallthrough -Wswitch-enum
  $<$<BOOL:${CHAT_WERROR}>:-Werror>)
target_include_directories(chat_compiler INTERFACE ${PROJECT_SOURCE_DIR}/services ${PROJECT_SOURCE_DIR})
target_compile_definitions(chat_compiler INTERFACE CHAT_VERSION="${PROJECT_VERSION}")

if(CHAT_CRASH_POINTS)
  target_compile_definitions(chat_compiler INTERFACE CHAT_CRASH_POINTS)
endif()

if(CHAT_SANITIZE)
  target_compile_options(chat_compiler INTERFACE -fsanitize=${CHAT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(chat_compiler INTERFACE -fsanitize=${CHAT_SANITIZE})
endif()
