# Most of the time that a small file takes to compile goes into headers that its neighbours include as well. So the files
# of a target are compiled some at a time: chat_batches(FILES…) names them in files of batches for add_library. What one
# file of a target hides in a nameless namespace has to have a name of its own there. With CHAT_BATCHES=OFF each file is
# compiled alone, which ./dev tidy does. The paths are relative, so that ccache knows a batch in another directory again.
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
