#include <stdio.h>
#include <time.h>
#include "base/rng.h"
static double now(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return (double)t.tv_sec*1e9+(double)t.tv_nsec;}
int main(void){
  static uint64_t idx[256],out[256];
  for(int p=1;p<4;p++){ if(!rng_use((enum rng_path)p)) continue;
   for(int m=0;m<3;m++){ double best=1e9;
   for(int rep=0;rep<20;rep++){ double t=now(); uint64_t n=0;
    for(int k=0;k<2000;k++){ for(int i=0;i<256;i++) idx[i]=n++; if(m==0) rng_column(42,idx,256,out); else if(m==1) rng_column_below(42,idx,256,5,1000,out); else rng_column_below(42,idx,256,5,1ull<<40,out); __asm__ volatile(""::"r"(out):"memory");}
    t=(now()-t)/512000; if(t<best)best=t; }
   printf("path %d mode %d %.3f ns\n",p,m,best);}}
}
