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
  target_link_libraries(${name} PRIVATE reactor::reactor ${arg_LIBRARIES} GTest::gmock_main)
  reactor_warnings(${name})
  # What gcc guesses of an optional at -O1 is wrong.
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  # Compiled twice as fast, by clang three times; the engine beneath, the model checker, and
  # tools/stress, which draws the same kind of programs, are compiled as their users do.
  if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT arg_LABEL STREQUAL "model")
    target_compile_options(${name} PRIVATE $<IF:$<CXX_COMPILER_ID:Clang>,-O0,-O1>)
  endif()
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABEL}")
  if(NOT arg_LABEL STREQUAL "model")
    set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()
