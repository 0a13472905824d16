//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package modp

// Native is whether the compiler turns bits.Mul64 and bits.Add64 into single
// instructions. Elsewhere they are calls, which math/big's own assembly beats:
// by 1.4 times on 386, by 2.8 times on wasm.
const Native = true
