function(reactor_test_options target)
  target_link_libraries(${target} PRIVATE reactor::reactor GTest::gmock)
  reactor_warnings(${target})
endfunction()

# Compiled twice as fast, by clang three times; the engine beneath, the model checker, and
# tools/stress, which draws the same kind of programs, are compiled as their users do.
function(reactor_quick_test_options target)
  reactor_test_options(${target})
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${target} PRIVATE $<IF:$<CXX_COMPILER_ID:Clang>,-O0,-O1>)
  endif()
endfunction()

reactor_precompile(test_headers <gtest/gtest.h> <gmock/gmock.h> <reactor/reactor.hpp>)
reactor_quick_test_options(test_headers)

# reactor_test(<name> SOURCES <files...> [LIBRARIES <targets...>] [LABEL <label>])
# One GoogleTest program, one CTest test: many tests share one process, as they would share one
# service. A hang ends it after TIMEOUT seconds. Runs alone, but for what is modelled: that does not
# care who else uses the machine.
function(reactor_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(CMAKE_CROSSCOMPILING)
    math(EXPR arg_TIMEOUT "5 * ${arg_TIMEOUT}")  # in an emulator
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gmock_main)
  if(arg_LABEL STREQUAL "model")
    reactor_test_options(${name})
    reactor_begins_with(${name} model_headers)
  else()
    reactor_quick_test_options(${name})
    reactor_begins_with(${name} test_headers)
  endif()
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABEL}")
  if(NOT arg_LABEL STREQUAL "model")
    set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()
