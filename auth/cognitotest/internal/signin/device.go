package signin

import (
	"maps"
	"regexp"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/token"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// deviceKey is the form of a DEVICE_KEY (API reference, DeviceType).
var deviceKey = regexp.MustCompile(`^[\w-]{1,18}_[0-9a-f-]{1,36}$`)

// nameDevice notes the device that a call names. Any call of a sign-in may, but
// a sign-in is from one device.
func (a *attempt) nameDevice() error {
	key := a.Params["DEVICE_KEY"]
	switch {
	case key == "" || a.pool.Settings.Devices == "":
		return nil
	case !deviceKey.MatchString(key), a.state.Device != "" && a.state.Device != key:
		return wire.DeviceKeyInvalid
	}
	a.state.Device = key
	return nil
}

// device returns the device that the sign-in is from; the zero one if none was
// named. One that the user does not have is refused, but only when the user has
// proven something: before that, the refusal would tell which users exist.
func (a *attempt) device() (directory.Device, error) {
	if a.state.Device == "" {
		return directory.Device{}, nil
	}
	d, ok := a.user.Devices[a.state.Device]
	if !ok {
		return d, wire.DeviceNotFound
	}
	return d, nil
}

// askDevice asks a remembered device for its proof. The service finds this
// challenge again by user and device if the answer comes without a Session, as
// AWS's own samples send it.
func (a *attempt) askDevice(d directory.Device) *Reply {
	reply := a.ask(types.ChallengeNameTypeDeviceSrpAuth, map[string]string{"USERNAME": a.user.Username}, nil)
	now := a.Now()
	a.pending.put(pendingKey{a.Client.ID, d.Key}, pendingDevice{reply.Session, now.Add(a.Client.SessionValidity)}, now)
	return reply
}

// pendingDevices are the sessions of DEVICE_SRP_AUTH: one for each device and
// client, the newest.
type pendingDevices struct {
	mu       sync.Mutex
	sessions map[pendingKey]pendingDevice
	sweep    int // how many are worth a look for expired ones
}

type pendingDevice struct {
	session string
	expires time.Time
}

// leastSweep is the first value of pendingDevices.sweep.
const leastSweep = 1024

// A device key is one user's: the session itself tells whose.
type pendingKey struct{ client, device string }

func (p *pendingDevices) put(key pendingKey, d pendingDevice, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sessions == nil {
		p.sessions, p.sweep = make(map[pendingKey]pendingDevice), leastSweep
	}
	if len(p.sessions) >= p.sweep {
		maps.DeleteFunc(p.sessions, func(_ pendingKey, d pendingDevice) bool { return !now.Before(d.expires) })
		p.sweep = max(leastSweep, 2*len(p.sessions))
	}
	p.sessions[key] = d
}

func (p *pendingDevices) get(key pendingKey) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sessions[key].session
}

// answerDeviceSRP takes the device's public value and gives the service's.
func (a *attempt) answerDeviceSRP() (*Reply, error) {
	const asked, next = types.ChallengeNameTypeDeviceSrpAuth, types.ChallengeNameTypeDevicePasswordVerifier
	text := a.Session
	if text == "" {
		text = a.pending.get(pendingKey{a.Client.ID, a.Params["DEVICE_KEY"]})
	}
	if text == "" {
		return nil, wire.SessionInvalid
	}
	d, err := a.resumeDevice(session.Session, text, asked)
	if err != nil {
		return nil, err
	}
	handshake, err := d.Verifier.Begin(a.Params["SRP_A"])
	if err != nil {
		return nil, wire.InvalidParameter("SRP_A is not a valid value.")
	}
	if err := a.spend(); err != nil {
		return nil, err
	}
	block := a.seal(session.SecretBlock, next, func(s *session.State) { s.Handshake = &handshake })
	return &Reply{
		Challenge: next,
		Params: map[string]string{
			"SALT":         d.Verifier.Salt(),
			"SECRET_BLOCK": block,
			"SRP_B":        handshake.B.Text(16),
			"DEVICE_KEY":   d.Key,
			"USERNAME":     a.user.Username,
		},
	}, nil
}

// resumeDevice resumes a challenge that was put to one device.
func (a *attempt) resumeDevice(form session.Form, text string, challenge types.ChallengeNameType) (directory.Device, error) {
	if err := a.resume(form, text, challenge); err != nil {
		return directory.Device{}, err
	}
	return a.device()
}

// answerDevice checks the device's proof, which is that of a password but for
// the names that are hashed: the group key for the pool's, the device key for
// the user's.
func (a *attempt) answerDevice() (*Reply, error) {
	if err := a.openClaim(types.ChallengeNameTypeDevicePasswordVerifier); err != nil {
		return nil, err
	}
	d, err := a.device()
	if err != nil {
		return nil, err
	}
	if err := a.checkClaim("device", d.Verifier, a.pool.DeviceGroup(d.Key), d.Key); err != nil {
		return nil, err
	}
	err = a.update(func(u *directory.User) error {
		// Read again: it may have been forgotten in between.
		d, ok := u.Devices[d.Key]
		if !ok {
			return wire.DeviceNotFound
		}
		d.Used = a.Now()
		u.PutDevice(d)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a.finish()
}

// issue makes the tokens of a completed sign-in. In a pool that tracks devices
// they are bound to the one that was named, or to a new one, which the client may
// confirm. Nothing is issued before the triggers have agreed.
func (a *attempt) issue() (*types.AuthenticationResultType, error) {
	d, err := a.device()
	if err != nil {
		return nil, err
	}
	var metadata *types.NewDeviceMetadataType
	key := d.Key
	if key == "" && a.pool.Settings.Devices != "" {
		key = a.pool.NewDeviceKey()
		group := a.pool.DeviceGroup(key)
		metadata = &types.NewDeviceMetadataType{DeviceKey: &key, DeviceGroupKey: &group}
	}
	if err := a.postAuthenticate(metadata != nil); err != nil {
		return nil, err
	}
	changes, err := a.preToken()
	if err != nil {
		return nil, err
	}
	now := a.Now()
	grant, refresh := a.Grants.Begin(token.Grant{
		ClientID: a.Client.ID, Sub: a.user.Sub, Device: key, Began: now, Expires: now.Add(a.Client.RefreshToken),
	}, now)
	tokens, err := token.Issue(a.Client, a.user, grant, changes, now)
	if err != nil {
		return nil, err
	}
	tokens.RefreshToken, tokens.NewDeviceMetadata = &refresh, metadata
	return tokens, nil
}
