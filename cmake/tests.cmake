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
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABEL}")
  if(NOT arg_LABEL STREQUAL "model")
    set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()
