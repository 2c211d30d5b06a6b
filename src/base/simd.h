/* simd: SIMD before a function has the compiler make it for several instruction sets; the
 * loader picks one at start. The loops are plain C, so every clone computes the same bytes.
 * Sanitizer builds and other machines take the plain form. */
#ifndef BASE_SIMD_H
#define BASE_SIMD_H

#if defined(__x86_64__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) &&              \
    !defined(SPATE_FUZZ) && defined(__GNUC__) && !defined(__clang__)
#define SIMD __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SIMD
#endif

/* Before a loop whose columns may be one and the same memory, but do not overlap otherwise. */
#if defined(__clang__)
#define INPLACE /* clang tests for overlap at run time and cannot be told */
#else
#define INPLACE _Pragma("GCC ivdep")
#endif

#endif
