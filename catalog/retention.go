package catalog

import "time"

// Retention says how long personal data is kept that nothing hangs on any more;
// 0 is for ever.
type Retention struct {
	Messages      time.Duration // that were sent or given up, and what webhooks delivered
	Events        time.Duration // for webhooks, and their deliveries; never one that is still to be delivered
	SignIns       time.Duration // who signed in, and with which device
	Registrations time.Duration // that were never finished; a week at most
	Audit         time.Duration
}
