package catalog

// Progress is what a running attempt reports with each heartbeat.
type Progress struct {
	Fraction   float64  // 0–1 over all stages, never going back within an attempt
	ETASeconds *float64 // nil while unknown
	Stages     []Stage
}
