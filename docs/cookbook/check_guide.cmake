# SPDX-License-Identifier: BSD-3-Clause
# cmake -DGUIDE=<guide.md> -DSNIPPETS=<guide_snippets.cpp> -P check_guide.cmake
# Every ```cpp block of the guide must stand in the compiled file, line by line; only the
# indentation may differ.
cmake_minimum_required(VERSION 3.20)

function(read_unindented file out)
  file(READ ${file} text)
  string(REGEX REPLACE "\n +" "\n" text "${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

read_unindented(${GUIDE} guide)
read_unindented(${SNIPPETS} snippets)

set(fence "\n```cpp")
string(LENGTH "${fence}" fence_length)
set(blocks 0)
string(FIND "${guide}" "${fence}\n" begin)
while(NOT begin EQUAL -1)
  math(EXPR begin "${begin} + ${fence_length}")
  string(SUBSTRING "${guide}" ${begin} -1 guide)
  string(FIND "${guide}" "\n```\n" length)
  string(SUBSTRING "${guide}" 0 ${length} block)
  string(FIND "${snippets}" "${block}\n" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "${SNIPPETS} lacks this block of ${GUIDE}:\n${block}")
  endif()
  math(EXPR blocks "${blocks} + 1")
  string(FIND "${guide}" "${fence}\n" begin)
endwhile()

if(blocks EQUAL 0)
  message(FATAL_ERROR "${GUIDE} has no code")
endif()
