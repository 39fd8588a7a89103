# chat_python_program(PROGRAM PACKAGE): installs a program with its package in one directory, a link to it in the directory
# for commands, and its completions.
include("${CMAKE_CURRENT_LIST_DIR}/Completion.cmake")

function(chat_python_program program package)
  set(directory "${CMAKE_INSTALL_DATADIR}/${program}")
  install(PROGRAMS ${program} DESTINATION "${directory}")
  install(DIRECTORY ${package} DESTINATION "${directory}" FILES_MATCHING PATTERN "*.py" PATTERN "__pycache__" EXCLUDE)
  # Relative, so that it is valid under any DESTDIR and prefix; the program finds its package through the link's target.
  file(RELATIVE_PATH target "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_DATADIR}/${program}/${program}")
  file(CREATE_LINK "${target}" "${CMAKE_CURRENT_BINARY_DIR}/${program}" SYMBOLIC)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${program}" DESTINATION "${CMAKE_INSTALL_BINDIR}")
  chat_completion(${program} _${package})
endfunction()
