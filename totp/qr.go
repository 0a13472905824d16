package totp

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// ErrSize means that a picture of the asked size would be too small to hold the
// QR code, or is larger than 2048 pixels. The error text gives the limits.
var ErrSize = errors.New("totp: the QR code cannot be drawn at this size")

const (
	// quiet is the light border, in modules, that ISO/IEC 18004 asks for.
	quiet   = 4
	maxSize = 2048 // so that a size out of a request costs at most 4 MB
)

// matrix is a QR code with its quiet zone: a square of modules, true for dark.
type matrix [][]bool

// matrix encodes the URI. The lowest correction level is used: a screen has no
// scratches, and fewer, larger modules are what a camera reads best.
func (e Enrollment) matrix() (matrix, error) {
	if e.box.IsZero() {
		return nil, ErrNoEnrollment
	}
	code, err := qr.Encode(e.URI(), qr.L, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("%w (no QR code holds it)", ErrLabel) // the cause may quote the URI
	}
	bounds := code.Bounds()
	m := make(matrix, bounds.Dy()+2*quiet)
	for y := range m {
		m[y] = make([]bool, len(m))
	}
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			r, _, _, _ := code.At(bounds.Min.X+x, bounds.Min.Y+y).RGBA()
			m[quiet+y][quiet+x] = r < 0x8000
		}
	}
	return m, nil
}

// PNG returns the QR code of the URI as a square PNG picture, size pixels wide,
// black on white with the quiet zone included. Modules are whole pixels, so a
// size that is no multiple of their number widens the border. A usual code has
// about 50 modules a side; 320 suits a web page.
//
// The picture contains the secret: serve it with Cache-Control: no-store, or as
// a data URL inside the page.
//
// Errors: [ErrSize], [ErrNoEnrollment].
func (e Enrollment) PNG(size int) ([]byte, error) {
	m, err := e.matrix()
	if err != nil {
		return nil, err
	}
	if size < len(m) || size > maxSize {
		return nil, fmt.Errorf("%w (%d pixels; from %d to %d are possible)", ErrSize, size, len(m), maxSize)
	}
	// Two colours make one bit a pixel, a tenth of the size of an RGB picture.
	img := image.NewPaletted(image.Rect(0, 0, size, size), color.Palette{color.White, color.Black})
	scale := size / len(m)
	margin := (size - scale*len(m)) / 2
	for y := range scale * len(m) {
		for x := range scale * len(m) {
			if m[y/scale][x/scale] {
				img.SetColorIndex(margin+x, margin+y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("totp: encoding the picture: %w", err)
	}
	return out.Bytes(), nil
}

const (
	// blackOnWhite names colours 16 and 231 of the 256-colour cube, which no
	// theme changes, unlike the sixteen named ones.
	blackOnWhite = "\x1b[38;5;16;48;5;231m"
	reset        = "\x1b[0m"
)

// Terminal returns the QR code of the URI as text for a terminal: lines that end
// in "\n", two rows of modules to a line, one column to a module, quiet zone
// included. A usual code takes about 50 columns and 25 lines.
//
// Black on white is set by ANSI escape sequences on each line, because scanners
// expect dark on light whatever the theme: the text is the same on dark and on
// light terminals. The terminal must know the 256-colour sequences and UTF-8.
// If something strips the sequences, the code is still right on a light theme.
//
// Errors: [ErrNoEnrollment].
func (e Enrollment) Terminal() (string, error) {
	m, err := e.matrix()
	if err != nil {
		return "", err
	}
	blocks := map[[2]bool]rune{ // upper and lower module, true for dark
		{false, false}: ' ', {true, false}: '▀',
		{false, true}: '▄', {true, true}: '█',
	}
	var out strings.Builder
	for y := 0; y < len(m); y += 2 {
		out.WriteString(blackOnWhite)
		for x := range m {
			// The number of rows is odd: the last line has a light lower half.
			lower := y+1 < len(m) && m[y+1][x]
			out.WriteRune(blocks[[2]bool{m[y][x], lower}])
		}
		out.WriteString(reset + "\n")
	}
	return out.String(), nil
}
