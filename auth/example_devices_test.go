package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// trackingPool is a pool that remembers devices whose users agree.
func trackingPool() (*cognitotest.Pool, *auth.Client, *auth.Devices) {
	pool, err := cognitotest.New(cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Devices: cognitotest.DevicesOptIn})
	if err != nil {
		log.Fatal(err)
	}
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-7", TOTPSecret: authenticator})
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	devices, err := auth.NewDevices(pool.SDK())
	if err != nil {
		log.Fatal(err)
	}
	return pool, client, devices
}

func askAnn(context.Context, *challenge.TOTPCode) (string, error) {
	return totp.Code(authenticator, time.Now())
}

// The user's browser is remembered: from it, the password is enough.
func ExampleDevices_Remember() {
	pool, client, devices := trackingPool()
	defer pool.Close()
	ctx := context.Background()

	tokens, err := client.SignIn(ctx, auth.SRP("ann", "Correct-Horse-7"), auth.Prompts{TOTPCode: askAnn})
	if err != nil {
		log.Fatal(err)
	}
	if tokens.HasNewDevice() { // ask the user: remember this browser?
		device, err := devices.Remember(ctx, tokens, "Ann's laptop")
		if err != nil {
			log.Fatal(err)
		}
		tokens, _, err = client.Begin(ctx, auth.SRP("ann", "Correct-Horse-7"), func(o *auth.CallOptions) { o.Device = device })
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("signed in without a code:", tokens.Username())
	}
	// Output: signed in without a code: ann
}

// exampleDevice is ann's laptop, from which she has just signed in with her second
// factor, and which she has asked to remember.
func exampleDevice() (*cognitotest.Pool, *auth.Client, *auth.Devices, *auth.Tokens, auth.Device) {
	pool, client, devices := trackingPool()
	tokens, err := client.SignIn(context.Background(), auth.SRP("ann", "Correct-Horse-7"), auth.Prompts{TOTPCode: askAnn})
	if err != nil {
		log.Fatal(err)
	}
	device, err := devices.Remember(context.Background(), tokens, "Ann's laptop")
	if err != nil {
		log.Fatal(err)
	}
	return pool, client, devices, tokens, device
}

// exampleSealer has a key that a service keeps with its other secrets.
func exampleSealer() *challenge.Sealer {
	sealer, err := challenge.NewSealer([32]byte{'k', 'e', 'y'})
	if err != nil {
		log.Fatal(err)
	}
	return sealer
}

// A web service gives the device to the browser that it stands for.
func ExampleClient_SealDevice() {
	pool, client, _, _, device := exampleDevice()
	defer pool.Close()

	sealed, err := client.SealDevice(exampleSealer(), device, "ann")
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder() // the response of the request that asked to remember the browser
	http.SetCookie(w, &http.Cookie{
		Name: "__Host-device", Value: sealed, MaxAge: int((30 * 24 * time.Hour).Seconds()),
		Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	})
	fmt.Println("a cookie of", len(sealed), "characters")
	// Output: a cookie of 183 characters
}

// The next sign-in of that browser: the password is enough. A cookie that cannot
// be opened is no device, and the user is asked for the second factor.
func ExampleClient_OpenDevice() {
	pool, client, _, _, device := exampleDevice()
	defer pool.Close()
	sealed, err := client.SealDevice(exampleSealer(), device, "ann")
	if err != nil {
		log.Fatal(err)
	}

	for _, cookie := range []string{sealed, "made up"} {
		opened, err := client.OpenDevice(exampleSealer(), cookie, "ann")
		if errors.Is(err, auth.ErrDevice) {
			fmt.Println("no device: delete the cookie")
		} else if err != nil {
			log.Fatal(err)
		}
		tokens, next, err := client.Begin(context.Background(), auth.SRP("ann", "Correct-Horse-7"), func(o *auth.CallOptions) { o.Device = opened })
		switch {
		case err != nil:
			log.Fatal(err)
		case tokens != nil:
			fmt.Println("signed in:", tokens.Username())
		default:
			fmt.Println("asked for", next.Name())
		}
	}
	// Output:
	// signed in: ann
	// no device: delete the cookie
	// asked for SOFTWARE_TOKEN_MFA
}

// A command line tool keeps the device of the person at it.
func ExampleFileDeviceStore() {
	pool, client, _, _, device := exampleDevice()
	defer pool.Close()
	dir, err := os.MkdirTemp("", "example") // in a program: os.UserConfigDir
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()

	store := auth.FileDeviceStore{Path: filepath.Join(dir, "devices.json")}
	if err := store.Save(ctx, pool.ID(), "ann", device); err != nil {
		log.Fatal(err)
	}

	// In the next run:
	device, err = store.Load(pool.ID(), "ann")
	if err != nil {
		log.Print(err) // and go on without
	}
	tokens, err := client.SignIn(ctx, auth.SRP("ann", "Correct-Horse-7"), auth.Prompts{}, func(o *auth.CallOptions) { o.Device = device })
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in:", tokens.Username())

	// This machine is given away:
	if err := store.Delete(ctx, pool.ID(), "ann"); err != nil {
		log.Fatal(err)
	}
	device, err = store.Load(pool.ID(), "ann")
	fmt.Println(device.IsZero(), err)
	// Output:
	// signed in: ann
	// true <nil>
}

// A page on which the user sees the devices that are known.
func ExampleDevices_List() {
	pool, _, devices, tokens, _ := exampleDevice()
	defer pool.Close()

	for device, err := range devices.List(context.Background(), tokens) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s, remembered: %v\n", device.Name, device.Remembered)
	}
	// Output: Ann's laptop, remembered: true
}

// A device that was lost is forgotten: the next sign-in from it is asked for the
// second factor.
func ExampleDevices_Forget() {
	pool, client, devices, tokens, device := exampleDevice()
	defer pool.Close()
	ctx := context.Background()

	if err := devices.Forget(ctx, tokens, device.Key()); err != nil {
		log.Fatal(err)
	}
	_, next, err := client.Begin(ctx, auth.SRP("ann", "Correct-Horse-7"), func(o *auth.CallOptions) { o.Device = device })
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("asked for", next.Name())
	// Output: asked for SOFTWARE_TOKEN_MFA
}

// A device may stay known without sparing its user the second factor.
func ExampleDevices_SetRemembered() {
	pool, client, devices, tokens, device := exampleDevice()
	defer pool.Close()
	ctx := context.Background()

	for _, remembered := range []bool{false, true} {
		if err := devices.SetRemembered(ctx, tokens, device.Key(), remembered); err != nil {
			log.Fatal(err)
		}
		signedIn, next, err := client.Begin(ctx, auth.SRP("ann", "Correct-Horse-7"), func(o *auth.CallOptions) { o.Device = device })
		switch {
		case err != nil:
			log.Fatal(err)
		case signedIn != nil:
			fmt.Println("signed in by the password")
		default:
			fmt.Println("asked for", next.Name())
		}
	}
	// Output:
	// asked for SOFTWARE_TOKEN_MFA
	// signed in by the password
}

// A device does not print; its key does, which is no secret.
func ExampleDevice() {
	pool, _, _, tokens, device := exampleDevice()
	defer pool.Close()
	fmt.Printf("%+v %v\n", device, device.Key() == tokens.DeviceKey())
	// Output: device true
}
