# Small files spend most of their compile time on headers that their neighbours include as well. So a target's files are
# compiled in batches: chat_batches(FILES…) generates files that include several of them, for add_library. Names in the
# anonymous namespaces of a target's files must therefore be unique within the target. With CHAT_BATCHES=OFF each file
# is compiled alone, as ./dev tidy does. The paths are relative, so that ccache recognises a batch in another directory.
option(CHAT_BATCHES "Compile several files at a time" ON)

function(chat_batches result)
  if(NOT CHAT_BATCHES)
    set(${result} ${ARGN} PARENT_SCOPE)
    return()
  endif()
  set(most 8)
  list(LENGTH ARGN files)
  math(EXPR batches "(${files} + ${most} - 1) / ${most}")
  math(EXPR size "(${files} + ${batches} - 1) / ${batches}")
  file(RELATIVE_PATH directory ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(batch RANGE 1 ${batches})
    math(EXPR first "(${batch} - 1) * ${size}")
    list(SUBLIST ARGN ${first} ${size} names)
    list(TRANSFORM names REPLACE "(.+)" "#include \"${directory}/\\1\"\n")
    list(JOIN names "" includes)
    set(file ${CMAKE_CURRENT_BINARY_DIR}/${result}_${batch}.cpp)
    file(CONFIGURE OUTPUT ${file} CONTENT "${includes}" @ONLY)
    list(APPEND batch_files ${file})
  endforeach()
  set(${result} ${batch_files} PARENT_SCOPE)
endfunction()
