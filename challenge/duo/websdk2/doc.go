// Package websdk2 is the signed request of Duo's Web SDK version 2, in which
// the second factor runs in an iframe.
//
// It is legacy. Duo ended support for the iframe ("traditional prompt") on 30
// March 2024 and publishes no more releases of its Web SDK 2; see
// https://duo.com/docs/universal-prompt-update-guide. New pools use package
// [github.com/cognitomfa/cognitomfa/challenge/duo]. This package is for pools
// that still have it, and has two parts:
//
//   - a codec: [Keys.Sign] makes a sig_request, [Keys.Verify] checks the
//     sig_response that comes back;
//   - a [Method] of challenge/trigger over it, and [Parse] for the program that
//     shows the iframe.
//
// # Form
//
// A signed request is two cookies, "TX|…|…:APP|…|…". A cookie is a prefix, the
// base64 of "username|integration key|expiry", and the HMAC-SHA1 of both in
// hexadecimal. The TX part is made with Duo's secret key and lives five
// minutes; the APP part is made with the application's own key, lives an hour,
// and never goes to Duo. The response has an AUTH part by Duo in place of TX,
// and the same APP part, which proves that Duo's answer belongs to a question
// of this application.
//
// Source: github.com/duosecurity/duo_python, whose vectors are among the tests.
package websdk2
