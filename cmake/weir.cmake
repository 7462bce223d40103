# weir_library(name [DEPS ...] [PRIVATE_DEPS ...] [TEST_DEPS ...]): the room in this directory, with
# its tests. PRIVATE_DEPS are third-party libraries that stay inside the room.
# Sources are every *.cc beside the CMakeLists.txt; *_test.cc form one test program per room.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND (CMAKE_CXX_COMPILER_ID STREQUAL GNU OR WEIR_SANITIZE))
  add_link_options(-fuse-ld=mold)
endif()

add_library(weir_options INTERFACE)
target_include_directories(weir_options INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
target_compile_options(weir_options INTERFACE -Wall -Wextra -Wno-missing-field-initializers -fno-plt -fPIC)
target_compile_definitions(weir_options INTERFACE WEIR_VERSION="${PROJECT_VERSION}")
if(WEIR_WERROR)
  target_compile_options(weir_options INTERFACE -Werror)
endif()
if(WEIR_SANITIZE)
  target_compile_options(weir_options INTERFACE
    -fsanitize=${WEIR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_definitions(weir_options INTERFACE WEIR_SANITIZED _GLIBCXX_ASSERTIONS)
  target_link_options(weir_options INTERFACE -fsanitize=${WEIR_SANITIZE})
endif()
target_link_libraries(weir_options INTERFACE weir_arrow fmt::fmt Threads::Threads)

# One precompiled header for all rooms: Arrow's API takes 3 s to parse.
file(WRITE ${CMAKE_BINARY_DIR}/pch.cc "")
add_library(weir_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cc)
target_link_libraries(weir_pch PRIVATE weir_options)
target_precompile_headers(weir_pch PRIVATE
  <arrow/api.h> <fmt/format.h> <algorithm> <atomic> <functional> <map> <memory> <mutex> <optional>
  <string> <string_view> <unordered_map> <vector>)

if(WEIR_TESTS)
  find_package(GTest REQUIRED)
  enable_testing()
endif()

function(weir_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;PRIVATE_DEPS;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC weir_options ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
  target_precompile_headers(${name} REUSE_FROM weir_pch)
  if(WEIR_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} ${ARG_PRIVATE_DEPS} ${ARG_TEST_DEPS} GTest::gtest GTest::gtest_main)
    target_precompile_headers(${name}_test REUSE_FROM weir_pch)
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
endfunction()
