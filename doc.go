// Package cognitomfa signs users in to Amazon Cognito user pools.
package cognitomfa
