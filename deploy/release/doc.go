// Command release is the health gate of a roll-out: it watches the machines of
// the new release for some time and takes them back by itself when they are not
// well.
//
//	go run ./deploy/release --ready https://…/readyz --metrics http://…/metrics --for 5m --roll-back 'go run ./deploy/aws up production --version v1.4.1 --yes'
//
// A release is well while every address of readiness answers 200 and the share of
// requests that ended with 5xx since the gate began stays under a limit. One bad
// look is no verdict, several in a row are. It needs the standard library only:
// it runs where nothing of Rounds is installed.
package main
