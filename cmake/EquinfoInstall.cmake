# cmake --install: programs, headers, libraries, and what find_package(equinfo) reads. The libraries of the trainer are
# left out: they would tie every user of the others to one LibTorch.

include(CMakePackageConfigHelpers)
set(equinfo_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/equinfo)

get_property(folders GLOBAL PROPERTY EQUINFO_FOLDERS)
foreach(folder ${folders})
  get_target_property(uses_torch ${folder} EQUINFO_USES_TORCH)
  if(NOT uses_torch)
    install(TARGETS ${folder} EXPORT equinfo
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/equinfo
            FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/equinfo)
  endif()
endforeach()
install(EXPORT equinfo NAMESPACE equinfo:: FILE equinfoTargets.cmake DESTINATION ${equinfo_package_folder})

configure_package_config_file(cmake/equinfoConfig.cmake.in ${PROJECT_BINARY_DIR}/equinfoConfig.cmake
                              INSTALL_DESTINATION ${equinfo_package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/equinfoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/equinfoConfig.cmake ${PROJECT_BINARY_DIR}/equinfoConfigVersion.cmake
        DESTINATION ${equinfo_package_folder})
