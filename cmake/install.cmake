# What `cmake --install` puts where: the program, the libraries that were fetched for it (beside it,
# so that the tree can be moved), and the pages that the program prints about itself.
include(GNUInstallDirs)

set(pages ${CMAKE_BINARY_DIR}/pages)
set(doc ${CMAKE_INSTALL_DATADIR}/doc/weir)
set(man ${CMAKE_INSTALL_DATADIR}/man/man1)
set(bash ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
set(zsh ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
set(fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
set(directories ${CMAKE_INSTALL_BINDIR} lib/weir ${doc} ${man} ${bash} ${zsh} ${fish})

# `make uninstall` removes the directories that were not there before the first install, and no others.
install(CODE "
  set(root \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
  set(made)
  foreach(directory ${directories})
    while(directory AND NOT EXISTS \"\${root}/\${directory}\")
      list(APPEND made \${directory})
      get_filename_component(directory \${directory} DIRECTORY)
    endwhile()
  endforeach()
  list(REMOVE_DUPLICATES made)
  foreach(directory \${made})
    file(APPEND \"\${root}/${doc}/.directories\" \"\${directory}\\n\")
  endforeach()
")

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
install(FILES ${pages}/weir.1 DESTINATION ${man})
install(FILES ${pages}/weir DESTINATION ${bash})
install(FILES ${pages}/_weir DESTINATION ${zsh})
install(FILES ${pages}/weir.fish DESTINATION ${fish})
# As in the source tree, so that the links between the documents hold.
install(FILES LICENSE README.md CHANGELOG.md ARCHITECTURE.md CONTRIBUTING.md DESTINATION ${doc})
install(DIRECTORY docs DESTINATION ${doc})
