package totp_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"

	"github.com/cognitomfa/cognitomfa/totp"
)

// enrollments differ in the size of their QR code.
func enrollments(t *testing.T) []totp.Enrollment {
	t.Helper()
	var all []totp.Enrollment
	for i, account := range []string{"a", "alice@example.com", "東京タワー", strings.Repeat("long ", 40)} {
		e, err := totp.Enroll(totp.NewSecret(), fmt.Sprintf("Example %d", i), account)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func decodePNG(t *testing.T, e totp.Enrollment, size int) image.Image {
	t.Helper()
	data, err := e.PNG(size)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds(); got != image.Rect(0, 0, size, size) {
		t.Fatalf("the picture is %v, want %d square", got, size)
	}
	return img
}

func dark(c color.Color) bool {
	r, g, b, _ := c.RGBA()
	return r+g+b < 3*0x8000
}

// modules reads a picture in which a module is scale pixels wide and which has
// margin pixels around it, and demands that each module is one colour.
func modules(t *testing.T, img image.Image, scale, margin int) []string {
	t.Helper()
	n := (img.Bounds().Dx() - 2*margin) / scale
	rows := make([]string, n)
	for y := range n {
		for x := range n {
			c := dark(img.At(margin+x*scale, margin+y*scale))
			for p := range scale * scale {
				if dark(img.At(margin+x*scale+p%scale, margin+y*scale+p/scale)) != c {
					t.Fatalf("module %d,%d has two colours", x, y)
				}
			}
			rows[y] += map[bool]string{true: "#", false: "."}[c]
		}
	}
	return rows
}

// want is the matrix of the URI as the barcode library draws it, and the four
// light modules around it that ISO/IEC 18004 asks for.
func want(t *testing.T, e totp.Enrollment) []string {
	t.Helper()
	code, err := qr.Encode(e.URI(), qr.L, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	n := code.Bounds().Dx()
	border := strings.Repeat(".", n+8)
	rows := []string{border, border, border, border}
	for y := range n {
		row := ""
		for x := range n {
			row += map[bool]string{true: "#", false: "."}[dark(code.At(x, y))]
		}
		rows = append(rows, "...."+row+"....")
	}
	return append(rows, border, border, border, border)
}

func TestPNG(t *testing.T) {
	t.Parallel()
	for _, e := range enrollments(t) {
		want := want(t, e)
		n := len(want)
		for _, extra := range []int{0, 1, 2, n - 1, n, n + 7, 5*n + 3} {
			size := n + extra
			scale := size / n
			img := decodePNG(t, e, size)
			// The border that is left over is light, and as wide on both sides
			// as whole pixels allow.
			margin := (size - scale*n) / 2
			for i := range size {
				for j := range margin {
					for _, p := range []image.Point{{i, j}, {j, i}, {i, size - 1 - j}, {size - 1 - j, i}} {
						if dark(img.At(p.X, p.Y)) {
							t.Fatalf("%d pixels: the border is dark at %v", size, p)
						}
					}
				}
			}
			inner := img.(interface {
				SubImage(image.Rectangle) image.Image
			}).SubImage(image.Rect(0, 0, 2*margin+scale*n, 2*margin+scale*n))
			if got := modules(t, inner, scale, margin); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%d pixels: the picture is not the QR code of the URI", size)
			}
		}
	}
}

func TestPNGSizes(t *testing.T) {
	t.Parallel()
	e := enrollments(t)[1]
	n := len(want(t, e))
	for size, ok := range map[int]bool{
		math.MinInt: false, -1: false, 0: false, n - 1: false, n: true, 2048: true, 2049: false, math.MaxInt: false,
	} {
		data, err := e.PNG(size)
		if ok != (err == nil) || !ok && (!errors.Is(err, totp.ErrSize) || data != nil) {
			t.Errorf("PNG(%d): %v", size, err)
		}
	}
}

// line is one line of the terminal text: colours set, blocks, colours reset.
var line = regexp.MustCompile(`^\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m$`)

// terminalModules reads the text back into rows of modules.
func terminalModules(t *testing.T, text string) []string {
	t.Helper()
	var rows []string
	if !strings.HasSuffix(text, "\n") {
		t.Fatal("the last line does not end")
	}
	for l := range strings.Lines(text) {
		match := line.FindStringSubmatch(strings.TrimSuffix(l, "\n"))
		if match == nil {
			t.Fatalf("line %d is not blocks between colours: %q", len(rows)/2, l)
		}
		var upper, lower strings.Builder
		for _, r := range match[1] {
			upper.WriteString(map[rune]string{' ': ".", '▄': ".", '▀': "#", '█': "#"}[r])
			lower.WriteString(map[rune]string{' ': ".", '▄': "#", '▀': ".", '█': "#"}[r])
		}
		rows = append(rows, upper.String(), lower.String())
	}
	return rows
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	for _, e := range enrollments(t) {
		text, err := e.Terminal()
		if err != nil {
			t.Fatal(err)
		}
		rows := terminalModules(t, text)
		n := len(rows) - 1
		if strings.Trim(rows[n], ".") != "" {
			t.Error("the row that fills the last line is not light")
		}
		if got := modules(t, decodePNG(t, e, n), 1, 0); strings.Join(got, "\n") != strings.Join(rows[:n], "\n") {
			t.Error("terminal text and picture differ")
		}
		if strings.Join(want(t, e), "\n") != strings.Join(rows[:n], "\n") {
			t.Error("the terminal text is not the QR code of the URI")
		}
	}
}

// TestScanner lets a scanner that shares no code with the encoder read both
// forms: zbarimg of the Debian package zbar-tools, where it is installed.
func TestScanner(t *testing.T) {
	t.Parallel()
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed; TestPNG and TestTerminal compare with the encoder's matrix instead")
	}
	for i, e := range enrollments(t) {
		data, err := e.PNG(640)
		if err != nil {
			t.Fatal(err)
		}
		text, err := e.Terminal()
		if err != nil {
			t.Fatal(err)
		}
		for what, data := range map[string][]byte{"PNG": data, "Terminal": photograph(t, terminalModules(t, text))} {
			file := filepath.Join(t.TempDir(), "code.png")
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(zbarimg, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
			if err != nil || strings.TrimSuffix(string(out), "\n") != e.URI() {
				t.Errorf("%s of enrollment %d is read as %d bytes, %v; want the %d of the URI", what, i, len(out), err, len(e.URI()))
			}
		}
	}
}

// photograph draws rows of modules as a picture, six pixels a module.
func photograph(t *testing.T, rows []string) []byte {
	t.Helper()
	const scale = 6
	img := image.NewGray(image.Rect(0, 0, len(rows[0])*scale, len(rows)*scale))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if rows[y/scale][x/scale] == '.' {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
