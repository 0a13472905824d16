// Command gen writes the test vectors of srp/testdata. It computes with package
// oracle, math/big and the standard library only, and draws its random numbers
// from the names of the cases, so that each run writes the same files.
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"
	"path/filepath"

	"github.com/cognitomfa/cognitomfa/srp/internal/vectors"
)

func main() {
	log.SetFlags(0)
	write("user_proofs.json", "Answers to PASSWORD_VERIFIER.", userProofs())
	write("device_proofs.json", "Answers to DEVICE_PASSWORD_VERIFIER.", deviceProofs())
	write("premasters.json", "The premaster secret alone, at the edges of its numbers.", premasters())
	write("device_verifiers.json", "DeviceSecretVerifierConfig of ConfirmDevice.", deviceVerifiers())
	write("secret_hashes.json", "SECRET_HASH.", secretHashes())
	write("timestamps.json", "TIMESTAMP.", timestamps())
	write("pool_names.json", "The part of a user pool id that SRP hashes.", poolNames())
}

func write[C any](name, description string, cases []C) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(vectors.File[C]{Description: description, Cases: cases}); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", name), out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
