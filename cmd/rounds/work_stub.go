package main

type workPlan struct{}
type workVerify struct{}
