package lambda

import (
	"io"
	"net/http"
	"strconv"
)

// maxPayload is Lambda's limit for an event and for a response: 6 MB (AWS Lambda
// developer guide, "Lambda quotas").
const maxPayload = 6 << 20

// api is the Lambda Runtime API (AWS Lambda developer guide, "Using the Lambda
// runtime API for custom runtimes").
func (p *process) api() http.Handler {
	const version = "/2018-06-01/runtime"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+version+"/invocation/next", p.serveNext)
	mux.HandleFunc("POST "+version+"/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		p.serveOutcome(w, r, func(body []byte) outcome { return outcome{out: body} })
	})
	mux.HandleFunc("POST "+version+"/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		p.serveOutcome(w, r, func(body []byte) outcome { return outcome{err: failure(body)} })
	})
	mux.HandleFunc("POST "+version+"/init/error", p.serveInitError)
	return mux
}

// serveNext waits for an event. It waits for ever: an idle function does.
func (p *process) serveNext(w http.ResponseWriter, r *http.Request) {
	p.firstPoll.Do(func() { close(p.polled) })
	select {
	case i := <-p.next:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", ARN(p.config.Region, p.config.Name))
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		w.Write(i.event) // a runtime that is gone is noticed by its end
	case <-r.Context().Done():
	case <-p.ended:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (p *process) serveOutcome(w http.ResponseWriter, r *http.Request, read func([]byte) outcome) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", "The body could not be read.")
		return
	}
	o := read(body)
	if len(body) > maxPayload {
		o = outcome{err: &Error{"Function.ResponseSizeTooLarge",
			"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}}
	}
	id := r.PathValue("id")
	switch {
	case !p.finish(&id, o):
		refuse(w, http.StatusForbidden, "InvalidRequestID", "Invalid request ID")
	case len(body) > maxPayload:
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "Exceeded maximum allowed payload size.")
	default:
		accept(w)
	}
}

func (p *process) serveInitError(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", "The body could not be read.")
		return
	}
	select {
	case p.initError <- failure(body):
	default: // it has reported before
	}
	accept(w)
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, `{"errorType":"`+kind+`","errorMessage":"`+message+`"}`)
}
