# chat_completion(PROGRAM FUNCTION): installs the completions of a program, whose completion in bash is completion/PROGRAM and
# has that function. Those for zsh and fish ask the one for bash, so that there is one list of what exists.
set(CHAT_ZSH_DIR "share/zsh/site-functions" CACHE STRING "Where the completions for zsh are installed")
set(CHAT_COMPLETION_DIR "${CMAKE_CURRENT_LIST_DIR}/../packaging/completion")
file(READ "${CHAT_COMPLETION_DIR}/offers.bash" CHAT_OFFERS)
string(REGEX REPLACE "^(#[^\n]*\n)+" "" CHAT_OFFERS "${CHAT_OFFERS}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CHAT_COMPLETION_DIR}/offers.bash")

function(chat_completion program function)
  set(directory "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
  install(FILES completion/${program} DESTINATION "${directory}")
  set(CHAT_PROGRAM ${program})
  set(CHAT_FUNCTION ${function})
  set(CHAT_COMPLETION "${CMAKE_INSTALL_FULL_DATADIR}/bash-completion/completions/${program}")
  set(made "${PROJECT_BINARY_DIR}/completion")
  # What fish and zsh put between single quotes has none; in fish a backslash there is itself unless a quote or another
  # backslash follows.
  configure_file("${CHAT_COMPLETION_DIR}/zsh.in" "${made}/zsh/_${program}" @ONLY)
  configure_file("${CHAT_COMPLETION_DIR}/fish.in" "${made}/fish/${program}.fish" @ONLY)
  install(FILES "${made}/zsh/_${program}" DESTINATION "${CHAT_ZSH_DIR}")
  install(FILES "${made}/fish/${program}.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
endfunction()
