// Package dynamo keeps the marks of challenge/trigger in a DynamoDB table:
// failures, cooldowns, and what was used once, for all the processes that
// Lambda makes of a function.
//
// The table has a partition key of the name [KeyAttribute], a string, and
// nothing else; [TableDefinition] makes one on demand. Time to live should be
// on for [TTLAttribute]. It is for tidiness: DynamoDB removes lapsed items days
// late, and the conditions here do not wait for it. In CloudFormation:
//
//	Marks:
//	  Type: AWS::DynamoDB::Table
//	  Properties:
//	    BillingMode: PAY_PER_REQUEST
//	    AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
//	    KeySchema: [{AttributeName: pk, KeyType: HASH}]
//	    TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
//
// The functions need dynamodb:GetItem, PutItem, UpdateItem and DeleteItem on it.
// It holds digests, numbers and times; no name, address, code or key.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// The attributes of an item, besides its value.
const (
	KeyAttribute = "pk"      // a string
	TTLAttribute = "expires" // a number: seconds since 1970
)

const (
	valueAttribute = "v" // a string, of what was claimed
	countAttribute = "n" // a number, of a counter
)

// API is what is used of a [dynamodb.Client].
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

var _ API = (*dynamodb.Client)(nil)

// A Store is a trigger.Store in a table. Times are to the second: an entry may
// stay up to a second longer than asked for.
//
// The SDK sends again what it has no reply to, so an entry may be claimed, and
// the claim be reported as lost, or an addition be made twice. Both err on the
// side of refusing; who claims with a value that nobody else uses sees it held.
type Store struct {
	api   API
	table string
	now   func() time.Time
}

var _ trigger.Store = (*Store)(nil)

// New makes a Store in a table that exists. now is its clock; nil is
// [time.Now].
func New(api API, table string, now func() time.Time) (*Store, error) {
	if api == nil || table == "" {
		return nil, errors.New("dynamo: a store needs a client and the name of its table")
	}
	if now == nil {
		now = time.Now
	}
	return &Store{api, table, now}, nil
}

// TableDefinition makes the request that creates the table, for tests and for
// programs that make their own.
func TableDefinition(table string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:            &table,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String(KeyAttribute), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String(KeyAttribute), KeyType: types.KeyTypeHash}},
	}
}

type item = map[string]types.AttributeValue

// The conditions. What has lapsed is as good as absent.
const (
	isFree  = "attribute_not_exists(" + KeyAttribute + ") OR " + TTLAttribute + " <= :now"
	isAlive = TTLAttribute + " > :now"
)

// tries bounds what is done again because another process was between two of
// our requests.
const tries = 4

var errBusy = errors.New("dynamo: an entry keeps changing under way; another try may succeed")

// Claim implements trigger.Store.
func (s *Store) Claim(ctx context.Context, key, value string, until time.Time) (string, bool, error) {
	for range tries {
		put, err := s.put(ctx, key, until, valueAttribute, &types.AttributeValueMemberS{Value: value})
		if put || err != nil {
			return value, put, err
		}
		old, err := s.get(ctx, key)
		if err != nil {
			return "", false, err
		}
		if old != nil {
			held, err := text(old)
			return held, false, err
		}
		// It was there, and has been taken or has lapsed since.
	}
	return "", false, errBusy
}

// Take implements trigger.Store.
func (s *Store) Take(ctx context.Context, key string) (string, bool, error) {
	out, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.table, Key: keyOf(key), ReturnValues: types.ReturnValueAllOld,
	})
	if err != nil {
		return "", false, fmt.Errorf("dynamo: deleting an entry: %w", err)
	}
	alive, err := s.alive(out.Attributes)
	if err != nil || !alive {
		return "", false, err
	}
	if _, counter := out.Attributes[countAttribute]; counter {
		n, err := number(out.Attributes, countAttribute)
		return strconv.FormatInt(n, 10), err == nil, err
	}
	value, err := text(out.Attributes)
	return value, err == nil, err
}

// Add implements trigger.Store.
func (s *Store) Add(ctx context.Context, key string, n int, until time.Time) (int, error) {
	if n == 0 {
		return s.count(ctx, key)
	}
	addend := &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
	for range tries {
		out, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: &s.table, Key: keyOf(key),
			UpdateExpression:          aws.String("ADD " + countAttribute + " :n"),
			ConditionExpression:       aws.String(isAlive),
			ExpressionAttributeValues: item{":n": addend, ":now": seconds(s.now())},
			ReturnValues:              types.ReturnValueUpdatedNew,
		})
		if err == nil {
			sum, err := number(out.Attributes, countAttribute)
			return int(sum), err
		}
		if !refused(err) {
			return 0, fmt.Errorf("dynamo: counting: %w", err)
		}
		if put, err := s.put(ctx, key, until, countAttribute, addend); put || err != nil {
			return n, err
		}
		// Another process has begun the counter: add to that.
	}
	return 0, errBusy
}

func (s *Store) count(ctx context.Context, key string) (int, error) {
	old, err := s.get(ctx, key)
	if err != nil || old == nil {
		return 0, err
	}
	n, err := number(old, countAttribute)
	return int(n), err
}

// put makes an entry where there is none.
func (s *Store) put(ctx context.Context, key string, until time.Time, attribute string, value types.AttributeValue) (bool, error) {
	entry := keyOf(key)
	entry[attribute] = value
	entry[TTLAttribute] = seconds(until.Add(time.Second - 1)) // rounded up: not a moment too short
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: entry,
		ConditionExpression:       aws.String(isFree),
		ExpressionAttributeValues: item{":now": seconds(s.now())},
	})
	switch {
	case err == nil:
		return true, nil
	case refused(err):
		return false, nil
	}
	return false, fmt.Errorf("dynamo: writing an entry: %w", err)
}

// get reads an entry as it is now; nil if there is none.
func (s *Store) get(ctx context.Context, key string) (item, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: keyOf(key), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, fmt.Errorf("dynamo: reading an entry: %w", err)
	}
	alive, err := s.alive(out.Item)
	if err != nil || !alive {
		return nil, err
	}
	return out.Item, nil
}

func (s *Store) alive(entry item) (bool, error) {
	if len(entry) == 0 {
		return false, nil
	}
	expires, err := number(entry, TTLAttribute)
	return expires > s.now().Unix(), err
}

func refused(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}

func keyOf(key string) item {
	return item{KeyAttribute: &types.AttributeValueMemberS{Value: key}}
}

func seconds(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.Unix(), 10)}
}

// errForeign means that somebody else writes to the table. That is worse than a
// failure, so it is none of the two answers there are.
var errForeign = errors.New("dynamo: an item of the table is not of this package: give it a table of its own")

func number(entry item, attribute string) (int64, error) {
	n, ok := entry[attribute].(*types.AttributeValueMemberN)
	if !ok {
		return 0, errForeign
	}
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0, errForeign
	}
	return v, nil
}

func text(entry item) (string, error) {
	v, ok := entry[valueAttribute].(*types.AttributeValueMemberS)
	if !ok {
		return "", errForeign
	}
	return v.Value, nil
}
