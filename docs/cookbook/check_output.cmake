# SPDX-License-Identifier: BSD-3-Clause
# cmake -DPROGRAM=<program> -DEXPECTED=<file> -P check_output.cmake
# Runs the program; it must succeed and print exactly what the file holds, but for the lines of
# tracebacks, which depend on how it was compiled.
cmake_minimum_required(VERSION 3.20)

execute_process(COMMAND ${EMULATOR} ${PROGRAM} OUTPUT_VARIABLE output RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result}, having printed\n${output}")
endif()

file(READ ${EXPECTED} expected)
string(REGEX REPLACE "\n +at [^\n]* in [^\n]*" "" output "${output}")
if(NOT "${output}" STREQUAL "${expected}")
  message(FATAL_ERROR "${PROGRAM} printed\n${output}\nbut ${EXPECTED} says\n${expected}")
endif()
