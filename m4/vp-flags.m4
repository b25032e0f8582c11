dnl SPDX-License-Identifier: BSD-3-Clause
dnl
dnl What configure.ac asks of compiler and linker, and its --enable switches.
dnl Each macro answers one question and leaves the answer in the variable it is
dnl given; none of them touches the user's CFLAGS or LDFLAGS.

dnl VP_ARG_PART(NAME, CONDITIONAL, WHAT)
dnl --disable-NAME for a part that is built unless the user says no:
dnl sets enable_NAME and the Automake conditional BUILD_CONDITIONAL.
AC_DEFUN([VP_ARG_PART], [
  AC_ARG_ENABLE([$1],
    [AS_HELP_STRING([--disable-$1], [do not build $3])],
    [], [AS_TR_SH([enable_$1])=yes])
  AM_CONDITIONAL([BUILD_$2], [test "x$AS_TR_SH([enable_$1])" = xyes])
])

dnl VP_ARG_SANITIZER(NAME, WHAT)
dnl --enable-NAME adds WHAT to the list in vp_sanitizers.
AC_DEFUN([VP_ARG_SANITIZER], [
  AC_ARG_ENABLE([$1],
    [AS_HELP_STRING([--enable-$1], [build with -fsanitize=$2])],
    [], [enable_$1=no])
  AS_IF([test "x$enable_$1" = xyes],
        [vp_sanitizers="${vp_sanitizers:+$vp_sanitizers,}$2"])
])

dnl VP_SANITIZERS
dnl Turn vp_sanitizers into VP_SAN_CFLAGS (to compile and to link), or stop.
AC_DEFUN([VP_SANITIZERS], [
  VP_SAN_CFLAGS=
  AS_IF([test "x$vp_sanitizers" != x], [
    AS_IF([test "x$enable_asan$enable_tsan" = xyesyes],
          [AC_MSG_ERROR([--enable-asan and --enable-tsan exclude each other])])
    VP_SAN_CFLAGS="-fsanitize=$vp_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
    AC_MSG_CHECKING([whether $CC can link with $VP_SAN_CFLAGS])
    vp_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS $VP_SAN_CFLAGS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([the runtime of -fsanitize=$vp_sanitizers is missing])])
    CFLAGS=$vp_save_CFLAGS
  ])
  AC_SUBST([VP_SAN_CFLAGS])
  AC_SUBST([VP_SANITIZERS], [$vp_sanitizers])
])

dnl VP_CC_FLAGS(VARIABLE, FLAGS)
dnl Append those FLAGS that the compiler takes without a complaint.
AC_DEFUN([VP_CC_FLAGS], [
  for vp_flag in m4_normalize([$2]); do
    AS_VAR_PUSHDEF([vp_cache], [vp_cv_cc_$vp_flag])
    AC_CACHE_CHECK([whether $CC takes $vp_flag], [vp_cache], [
      vp_save_CFLAGS=$CFLAGS
      CFLAGS="$CFLAGS -Werror $vp_flag"
      AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
        [AS_VAR_SET([vp_cache], [yes])], [AS_VAR_SET([vp_cache], [no])])
      CFLAGS=$vp_save_CFLAGS])
    AS_VAR_IF([vp_cache], [yes], [$1="${$1:+$$1 }$vp_flag"])
    AS_VAR_POPDEF([vp_cache])
  done
])

dnl VP_LD_FLAGS(VARIABLE, FLAGS)
dnl Append those FLAGS that the linker takes.
AC_DEFUN([VP_LD_FLAGS], [
  for vp_flag in m4_normalize([$2]); do
    AS_VAR_PUSHDEF([vp_cache], [vp_cv_ld_$vp_flag])
    AC_CACHE_CHECK([whether the linker takes $vp_flag], [vp_cache], [
      vp_save_LDFLAGS=$LDFLAGS
      LDFLAGS="$LDFLAGS $vp_flag"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
        [AS_VAR_SET([vp_cache], [yes])], [AS_VAR_SET([vp_cache], [no])])
      LDFLAGS=$vp_save_LDFLAGS])
    AS_VAR_IF([vp_cache], [yes], [$1="${$1:+$$1 }$vp_flag"])
    AS_VAR_POPDEF([vp_cache])
  done
])

dnl VP_VERSION_SCRIPT
dnl vp_cv_version_script=yes if the linker takes -Wl,--version-script=FILE.
AC_DEFUN([VP_VERSION_SCRIPT], [
  AC_CACHE_CHECK([whether the linker takes a version script],
                 [vp_cv_version_script], [
    AS_ECHO(["VP_TEST { global: main; local: *; };"]) > conftest.map
    vp_save_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS -Wl,--version-script=conftest.map"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
                   [vp_cv_version_script=yes], [vp_cv_version_script=no])
    LDFLAGS=$vp_save_LDFLAGS
    rm -f conftest.map])
])

dnl VP_FIND_LIB(VARIABLE, FUNCTION, LIBRARY)
dnl VARIABLE is empty if libc has FUNCTION, else -lLIBRARY; LIBS stays as it is.
AC_DEFUN([VP_FIND_LIB], [
  vp_save_LIBS=$LIBS
  AC_SEARCH_LIBS([$2], [$3], [],
                 [AC_MSG_ERROR([$2() is neither in libc nor in lib$3])])
  LIBS=$vp_save_LIBS
  AS_CASE([$ac_cv_search_$2], ["none required"], [$1=], [$1=$ac_cv_search_$2])
  AC_SUBST([$1])
])
