# SPDX-License-Identifier: BSD-3-Clause
# cmake -D COMPILER= -D INCLUDE_DIR= -D PROGRAM= -P check.cmake
file(READ ${PROGRAM} text)
if(NOT text MATCHES "\n// expect: ([^\n]+)")
  message(FATAL_ERROR "${PROGRAM} does not say what to expect")
endif()
set(expectation "${CMAKE_MATCH_1}")

execute_process(
  COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C
    ${COMPILER} -std=c++20 -fsyntax-only -fmessage-length=0 -I ${INCLUDE_DIR} ${PROGRAM}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)

if(expectation STREQUAL "nothing")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "This should have compiled:\n${output}")
  endif()
  return()
endif()

if(status EQUAL 0)
  message(FATAL_ERROR "This should not have compiled.")
endif()
string(FIND "${output}" "${expectation}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "The compiler did not say `${expectation}`, but:\n${output}")
endif()
string(REGEX MATCHALL "error:" errors "${output}")
list(LENGTH errors count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "The compiler should report this one error alone, but said:\n${output}")
endif()
