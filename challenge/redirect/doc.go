// Package redirect is the client's half of custom challenges that send the user
// to another site, such as packages challenge/duo and challenge/stepup: the
// address to open, and the answer made from how the browser came back.
//
// A web backend keeps the sealed challenge under the prompt's state, and goes on
// when the browser returns:
//
//	p, err := redirect.Parse(custom)
//	sealed, err := sealer.Seal(custom, browser)
//	keep(p.State(), sealed) // not in the page: it is gone after the redirect
//	http.Redirect(w, r, p.URL(), http.StatusSeeOther)
//	…
//	answer, err := p.Answer(r.URL.Query()) // in the handler of the redirect URL
//
// A program on the user's machine listens for the browser itself:
//
//	listener, err := redirect.Listen(p.RedirectURL()) // such as http://127.0.0.1:8400/callback
//	open(p.URL())
//	answer, err := listener.Wait(ctx, p)
//
// It does not talk to the other site, and judges nothing: whether the code that
// came back is worth anything is for the VerifyAuthChallengeResponse trigger to
// say. Comparing the state here as well keeps somebody else's code from being
// sent at all (RFC 6819, section 4.4.1.8).
package redirect
