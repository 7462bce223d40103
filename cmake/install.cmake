# What `cmake --install` puts where: the program, the libraries that were fetched for it (beside it,
# so that the tree can be moved), and the pages that the program prints about itself.
include(GNUInstallDirs)

set(pages ${CMAKE_BINARY_DIR}/pages)
install(TARGETS weir RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(library ${WEIR_BUNDLED_LIBRARIES})
  # The fetched libraries are installed as they came: CMake would write rpaths into them otherwise.
  install(FILES ${library} DESTINATION lib/weir
    PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endforeach()

install(CODE "
  file(MAKE_DIRECTORY ${pages})
  function(print_page file)
    execute_process(COMMAND $<TARGET_FILE:weir> \${ARGN} OUTPUT_FILE ${pages}/\${file}
                    COMMAND_ERROR_IS_FATAL ANY)
  endfunction()
  print_page(weir.1 man)
  print_page(weir completions bash)
  print_page(_weir completions zsh)
  print_page(weir.fish completions fish)
")
install(FILES ${pages}/weir.1 DESTINATION ${CMAKE_INSTALL_DATADIR}/man/man1)
install(FILES ${pages}/weir DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${pages}/_weir DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${pages}/weir.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/weir)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/weir)
